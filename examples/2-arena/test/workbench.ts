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
import { makeSides } from "../sides.ts";
import { openTables } from "../tables.ts";
import { workplace } from "../workplace.ts";

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

/** Lets the first user alone go one phase on, as a run does that is killed before it comes to the second; the bots of that user. */
export async function advanceOne(args: readonly string[]): Promise<readonly string[]> {
  const choices = readArgs(args, {});
  if (choices === "help") throw new Error("help opens no place");
  const place = await workplace(choices);
  const storage = await openTables(choices.database, place.database, "normal");
  try {
    const blob = { path: place.arena, now: () => new Date() };
    const [first] = await makeSides({ storage, blob, bots: place.before.bots, reports: place.reports });
    await first?.dual.advance({ by: "a test", why: "a run that is killed", signOff: "all of it known" });
    return first?.bots.map(({ id }) => id) ?? [];
  } finally {
    await storage.close();
  }
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
