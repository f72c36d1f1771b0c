// Opens the database where the tables are: a SQLite file, or PostgreSQL with two roles made for this example.
import { dualWriteTables, importTables } from "@td/migrate";
import { openStorage, type Storage } from "@td/storage";
import { createHash, randomBytes } from "node:crypto";
import { UsageError } from "@td/example-shared/failure";

const TABLES = [...importTables, ...dualWriteTables];

/** Opens the tables: at a PostgreSQL URL of a role that owns the database and may create roles, or in a SQLite file. */
export async function openTables(url: string | null, file: string, durability: "full" | "normal"): Promise<Storage> {
  if (url === null) return openStorage(`sqlite:${file}`, { tables: TABLES, durability });
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new UsageError("--database takes a URL that begins with postgres://; without it the tables go to a SQLite file");
  const { provisionPostgres } = await import("@td/storage/postgres");
  const mark = createHash("sha256").update(new URL(url).pathname).digest("hex").slice(0, 8);
  const role = (name: string) => ({ name: `td_arena_${name}_${mark}`, password: randomBytes(18).toString("hex") });
  const [app, system] = [role("app"), role("system")];
  // Passwords are new at every start and kept nowhere. An application has its own, from wherever it keeps secrets.
  await provisionPostgres({
    ownerUrl: url,
    tables: TABLES,
    appRole: app.name,
    password: app.password,
    systemRole: system.name,
    systemPassword: system.password,
  });
  return openStorage(withRole(url, app), { tables: TABLES, systemUrl: withRole(url, system), durability });
}

function withRole(url: string, { name, password }: { readonly name: string; readonly password: string }): string {
  const made = new URL(url);
  [made.username, made.password] = [name, password];
  return made.href;
}
