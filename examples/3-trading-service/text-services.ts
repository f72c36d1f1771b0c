// The vault, and the tasks of two users.
import type { Report } from "./report.ts";
import { plural, textTable } from "@td/example-shared/table";

/** The credentials. Never a value. */
export function vaultSection({ vault }: Report): string[] {
  if (vault === null) return [];
  const { id, fields, keyId, equal, empty, audit } = vault;
  return [
    "The vault",
    `   ${id}: ${plural(fields.length, "field")} (${fields.join(", ")}), sealed with the key ${keyId}; ${equal ? "opened once, and equal to the file" : "NOT EQUAL to the file"}`,
    ...(empty.length === 0 ? [] : [`   Left out, for they have no value in the file: ${empty.join(", ")}`]),
    `   On record: ${audit.join(", ")}`,
    "   config/kotak_neo.env still has them in plain text. It is the way back; delete it yourself when there is none to be.",
  ];
}

/** The tasks of the users, side by side. */
export function serviceSection({ services }: Report): string[] {
  const names = services[0]?.tasks.map(({ task }) => task) ?? [];
  const table = textTable(
    [
      { title: "task", cell: (name: string) => name },
      ...services.map(({ user, tasks }) => ({ title: user, cell: (name: string) => outcome(tasks.find(({ task }) => task === name)) })),
    ],
    names,
  );
  const errors = services.map(({ user, errorCount }) => `${user} ${errorCount}`).join(", ");
  return [
    `The day's tasks of ${plural(services.length, "user")}${services.length > 1 ? ", each beside the other's" : ""}`,
    ...table,
    `   Failures on record: ${errors}`,
  ];
}

function outcome(task: Report["services"][number]["tasks"][number] | undefined): string {
  if (task === undefined) return "";
  return task.message === null ? task.status : `${task.status} (${task.message})`;
}
