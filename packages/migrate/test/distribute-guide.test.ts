// The tables that the guide distributes are all there are, and the keys of each begin with the user.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importTables } from "@td/migrate";
import { openStorage } from "@td/storage";
import { bulkOf } from "@td/storage/internal";
import { provisionPostgres } from "@td/storage/postgres";
import postgres from "postgres";
import { expect, onTestFinished, test } from "vitest";
import { execute, ownerUrl } from "./workbench.ts";

const GUIDES = join(import.meta.dirname, "../../../docs/guides");

function block(page: string, language: string): string {
  const text = readFileSync(join(GUIDES, page), "utf8");
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(text)?.[1] ?? "";
}

async function newDatabase(): Promise<string> {
  const name = `guide_${randomBytes(6).toString("hex")}`;
  await execute(ownerUrl("postgres"), `create database "${name}"`);
  return name;
}

test("the guide distributes every table, and each key of it begins with the user", async () => {
  const storage = await openStorage("sqlite::memory:", { tables: importTables });
  const names = bulkOf(storage).tables.map((table) => table.name);
  await storage.close();
  const listed = [...block("distribute-by-user.md", "sql").matchAll(/create_distributed_table\('(\w+)', 'user_id'/g)].map(
    ([, table]) => table,
  );
  expect(listed.map(String).toSorted()).toEqual(names.toSorted());

  const name = await newDatabase();
  await provisionPostgres({ ownerUrl: ownerUrl(name), appRole: `${name}_app`, password: "secret", tables: importTables });
  const sql = postgres(ownerUrl(name), { max: 1, fetch_types: false });
  onTestFinished(() => sql.end());
  const keys = await sql
    .unsafe(`select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where c.relnamespace = 'public'::regnamespace`)
    .values();
  const references = await sql
    .unsafe(`select c.conrelid::regclass::text, a.attname from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] where c.contype = 'f'`)
    .values();
  const other = [...keys, ...references].filter(([, column]) => column !== "user_id").map(([table]) => String(table));
  expect([...new Set(other)].toSorted()).toEqual(["td_migrations", "td_schema", "td_scope_key", "td_system_audit"]);
  for (const table of new Set(other)) expect(block("distribute-by-user.md", "sql")).toContain(table);
  expect(keys.length).toBeGreaterThan(names.length);
  expect(references.length).toBeGreaterThan(0);
});
