// The one row that says how a service of a user is.
import { StorageError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { InstantInput } from "../table/columns.ts";
import { serviceStatus } from "../tables/services.ts";
import type { ServiceStatusRow } from "../tables/services.ts";
import type { ChangesOf } from "../table/types.ts";

/** Changes to the row of a service. */
type StatusChanges = ChangesOf<typeof serviceStatus>;

/** Changes the row of a service in the transaction that is open, making it where it is absent; as it stands then. */
export async function changeStatus(
  tx: Session,
  service: string,
  at: InstantInput,
  changesOf: (status: ServiceStatusRow | null) => StatusChanges,
): Promise<ServiceStatusRow> {
  const rows = tx.repository(serviceStatus);
  const status = await rows.get({ service });
  const changes = changesOf(status);
  const updated = status === null ? null : await rows.update({ service }, { ...changes, updatedAt: at });
  return updated ?? rows.insert({ ...changes, service, createdAt: at, updatedAt: at });
}

/** Characters that a name may have. */
const MAX_NAME = 200;

/** The name of a service or task. Throws `bad-request`. */
export function checkedName(what: string, name: unknown): string {
  if (typeof name === "string" && name.trim() !== "" && name.length <= MAX_NAME) return name;
  throw new StorageError("bad-request", `${what} is text of 1 to ${MAX_NAME} characters.`, { facts: { name: what } });
}
