// Brings the database to the form that this version of the host needs, then opens it.
import { randomBytes } from "node:crypto";
import { createMigrator } from "@td/migrate";
import { openStorage, type Storage } from "@td/storage";
import type { HostConfig } from "./config.ts";
import { ownSchemas, schemas } from "./tables.ts";

/** Migrates and opens. Throws when a migration would take something away: that wants a person, `plan()` and a `confirm`. */
export async function openDatabase(config: HostConfig, file: string): Promise<Storage> {
  const url = config.databaseUrl ?? `sqlite:${file}`;
  await createMigrator(url, schemas, { actor: "host-app" }).up();
  return config.databaseUrl === undefined
    ? openStorage(url, { schemas: ownSchemas })
    : openStorage(await appUrl(config.databaseUrl, config.appRole ?? "td_host"), { schemas: ownSchemas, notifyChanges: true });
}

/**
 * The owner's URL with the role that the host works with: one that row level security holds. This one gets a new password at each start, which is
 * right for one process; with several, provision once by hand and give them the role's URL.
 */
async function appUrl(ownerUrl: string, appRole: string): Promise<string> {
  const { provisionPostgres } = await import("@td/storage/postgres");
  const password = randomBytes(24).toString("hex");
  await provisionPostgres({ ownerUrl, appRole, password, schemas: ownSchemas });
  const url = new URL(ownerUrl);
  [url.username, url.password] = [appRole, password];
  return url.href;
}
