// The guides on moving data: their programs run as they are printed, print what the pages say, and the tables that are distributed are all there are.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** What a page's program prints, run in an empty folder below the package, so that its imports are found. */
function printed(page: string, env: NodeJS.ProcessEnv = {}): string {
  const place = mkdtempSync(join(import.meta.dirname, "guide-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, "guide.ts"), block(page, "ts"));
  return execFileSync(process.execPath, ["guide.ts"], { cwd: place, encoding: "utf8", env: { ...process.env, ...env } });
}

async function newDatabase(): Promise<string> {
  const name = `guide_${randomBytes(6).toString("hex")}`;
  await execute(ownerUrl("postgres"), `create database "${name}"`);
  return name;
}

test("the guide on archives and slimming prints what it says", () => {
  expect(printed("archive-and-slim.md")).toBe(block("archive-and-slim.md", "text"));
});

test("the guide on outgrowing a machine prints what it says", async () => {
  const name = await newDatabase();
  const as = (role: string): string => {
    const url = new URL(ownerUrl(name));
    [url.username, url.password] = [`${name}_${role}`, "secret"];
    return url.href;
  };
  const env = { OWNER_URL: ownerUrl(name), APP_URL: as("app"), SYSTEM_URL: as("system") };
  expect(printed("outgrow-one-machine.md", env)).toBe(block("outgrow-one-machine.md", "text"));
});

test("the guide distributes every table, and each key of it begins with the user", async () => {
  const storage = await openStorage("sqlite::memory:", { tables: importTables });
  const names = bulkOf(storage).tables.map((table) => table.name);
  await storage.close();
  const listed = [...block("outgrow-one-machine.md", "sql").matchAll(/create_distributed_table\('(\w+)', 'user_id'/g)].map(
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
  expect([...new Set(other)].toSorted()).toEqual(["td_migrations", "td_schema", "td_system_audit"]);
  for (const table of new Set(other)) expect(block("outgrow-one-machine.md", "sql")).toContain(table);
  expect(keys.length).toBeGreaterThan(names.length);
  expect(references.length).toBeGreaterThan(0);
});
