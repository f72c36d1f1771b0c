// The way over pg_dump and pg_restore. npm's server comes without them, so this runs where a whole PostgreSQL is installed, as Debian does it;
// elsewhere the refusal is what can be tested.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "@td/testkit/postgres";
import { expect, inject, onTestFinished, test } from "vitest";
import { type BackupError, createBackup, postgresDatabase, restorePostgres, verifyBackup } from "../src/index.ts";
import { findPgProgram } from "../src/postgres.ts";
import { allOf, database, filled, SCHEMA } from "./postgres-bench.ts";
import { codeOf, folder, plant } from "./workbench.ts";

const DEBIAN = "/usr/lib/postgresql";
const NEEDED = ["initdb", "postgres", "pg_dump", "pg_restore"];
const installed = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .filter((version) => Number(version) >= 15)
  .map((version) => join(DEBIAN, version))
  .find((native) => NEEDED.every((name) => existsSync(join(native, "bin", name))));

test.runIf(installed !== undefined)("a dump by pg_dump, of one snapshot, comes back in full by pg_restore", async () => {
  const server = await startPostgres({ native: installed ?? "" });
  onTestFinished(server.stop);
  const source = await filled(server.url);
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const backup = createBackup({ root: join(place, "user_data"), databases: [postgresDatabase({ url: source.url })] });
  const { file, databases } = await backup.create({ to: place, encrypt: "none" });
  expect(databases).toMatchObject([
    {
      method: "pg_dump",
      tables: [
        { name: "trading.users", rows: 2 },
        { name: "public.aaa_first", rows: 2 },
        { name: "trading.Fills", rows: 500 },
      ],
    },
  ]);
  expect(await verifyBackup(file, { level: "drill" })).toMatchObject({ ok: true });
  const target = await database(server.url, "select 1");
  expect(await restorePostgres(file, { url: target.url })).toEqual({ method: "pg_dump", tables: 3, rows: 504 });
  expect(await allOf(target.sql)).toBe(await allOf(source.sql));
  // A dump brings its own tables: where there are some, nothing is touched.
  const taken = await database(server.url, SCHEMA);
  expect(await codeOf(restorePostgres(file, { url: taken.url }))).toBe("already-exists");
});

test("a pg_dump that is older than the server is not used, and not silently replaced when it was asked for", async () => {
  const source = await filled(inject("postgresUrl"));
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const dump = (method: "auto" | "pg_dump") =>
    createBackup({ root: join(place, "user_data"), databases: [postgresDatabase({ url: source.url, method })] }).create({
      to: place,
      encrypt: "none",
    });
  const usable = (await findPgProgram("pg_dump", 18)) !== undefined;
  expect((await dump("auto")).databases).toMatchObject([{ method: usable ? "pg_dump" : "copy" }]);
  expect(
    await dump("pg_dump").then(
      ({ databases }) => databases[0]?.tables.length,
      ({ code }: BackupError) => code,
    ),
  ).toBe(usable ? 3 : "tool-failed");
});
