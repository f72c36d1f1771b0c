// Runs the example in this process: a new one for each run would take ten times as long.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { Postgres } from "@td/testkit/postgres";
import { inject, onTestFinished } from "vitest";
import { readArgs } from "../args.ts";
import type { Report } from "../report.ts";
import { run as runStory } from "../run.ts";

/** A folder that is gone when the test is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "td-arena-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One run with these arguments; `say` hears what begins. */
export async function run(
  args: readonly string[],
  say: (text: string) => void = () => undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<Report> {
  const choices = readArgs(args, {});
  if (choices === "help") throw new Error("help is no report");
  return JSON.parse(JSON.stringify(await runStory(choices, { signal, say, durability: "normal" }))) as Report;
}

/** Where the tables may be. */
export const ENGINES = ["sqlite", "postgres"] as const;

/** The arguments that put the tables there: on PostgreSQL into a database of this test's own. */
export async function tablesOn(engine: (typeof ENGINES)[number]): Promise<readonly string[]> {
  if (engine === "sqlite") return [];
  const server: Postgres["url"] = inject("postgresUrl");
  const url = new URL(server);
  const name = `arena_${randomBytes(6).toString("hex")}`;
  const sql = postgres(url.href, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`create database "${name}"`);
  await sql.end();
  url.pathname = name;
  return ["--database", url.href];
}

/** True when the long tests are asked for. */
export const SOAK = process.env["TD_DEPTH"] === "soak";
