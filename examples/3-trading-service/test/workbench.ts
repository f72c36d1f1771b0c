// What the tests share: folders that vanish, runs in this process and in others, and the run's PostgreSQL.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { importTables, listRejects, runImport, verifyImport } from "@td/migrate";
import { openStorage, type Scope } from "@td/storage";
import type { Postgres } from "@td/testkit/postgres";
import postgres from "postgres";
import { expect, inject, onTestFinished } from "vitest";
import { readArgs } from "../args.ts";
import type { BackReport, Report } from "../report.ts";
import { isRight, run } from "../run.ts";
import { jobsOf } from "../steps.ts";
import { surveyTree } from "../survey.ts";
import { reportText } from "../text.ts";

/** True when the long tests are asked for. */
export const SOAK = process.env["TD_DEPTH"] === "soak";

/** A folder that is gone when the test is over. */
export function folder(): string {
  const path = newFolder();
  onTestFinished(() => remove(path));
  return path;
}

/** A folder that somebody else removes. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), "td-service-"));

/** Removes a folder. */
export const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** A tree of these files; text as it is, anything else as JSON. */
export function treeOf(files: Readonly<Record<string, unknown>>): string {
  const tree = folder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return tree;
}

/** Runs the example in this process. */
export async function go(...args: readonly string[]): Promise<Report | BackReport> {
  const choices = readArgs(args, undefined);
  if (choices === "help") throw new Error("help is no report");
  return run(choices);
}

/** The report of a way forward that succeeded. */
export async function forward(...args: readonly string[]): Promise<Report> {
  const report = await go(...args);
  if (report.way === "back" || !isRight(report)) throw new Error(`the run failed\n${JSON.stringify(report, null, 1)}`);
  return report;
}

/** The report of a way back that succeeded. */
export async function back(...args: readonly string[]): Promise<BackReport> {
  const report = await go(...args, "--back");
  if (report.way !== "back" || !isRight(report)) throw new Error(`the way back failed\n${JSON.stringify(report, null, 1)}`);
  return report;
}

/** What a person reads, without what differs from place to place. */
export function readableText(report: Report | BackReport, out: string): string {
  return reportText({ ...report, database: { path: "DATABASE", commands: [] } }).replaceAll(out, "OUT");
}

/** The options of a new database on an engine: in every run, and in the first one, which makes the tables. */
export async function databaseOn(
  engine: "sqlite" | "postgres",
): Promise<{ readonly every: readonly string[]; readonly first: readonly string[] }> {
  if (engine === "sqlite") return { every: [], first: [] };
  const { app, owner } = await newPostgres();
  return { every: ["--database", app], first: ["--owner-database", owner] };
}

async function newPostgres(): Promise<{ readonly app: string; readonly owner: string }> {
  const name = `td_${randomBytes(6).toString("hex")}`;
  const server: Postgres["url"] = inject("postgresUrl");
  const sql = postgres(server, { max: 1, onnotice: () => undefined, fetch_types: false });
  await sql.unsafe(`create database "${name}"`);
  await sql.end();
  const [owner, app] = [new URL(server), new URL(server)];
  owner.pathname = app.pathname = name;
  [app.username, app.password] = [`app_${name}`, randomBytes(12).toString("hex")];
  return { app: app.href, owner: owner.href };
}

/** What the imports make of a tree. */
export interface Imported {
  readonly forUser: (user: string) => Scope;
  /** Each record that was not taken: `import place reason`, and the field or note. */
  readonly kept: readonly string[];
}

/** Imports a tree into a database in memory and verifies every import. */
export async function imported(files: Readonly<Record<string, unknown>>, signalsAt: string | null = null): Promise<Imported> {
  const storage = await openStorage("sqlite::memory:", { tables: importTables });
  onTestFinished(() => storage.close());
  const kept: string[] = [];
  for (const { user, jobs } of jobsOf(surveyTree(treeOf(files)), signalsAt)) {
    const me = storage.forUser(user);
    for (const job of jobs) {
      const { runId } = await runImport(me, job);
      expect(await verifyImport(me, job)).toMatchObject({ verified: true });
      for await (const reject of listRejects(me, runId)) {
        const issue = reject.kind === "rejected" ? reject.issues[0] : undefined;
        const words = [issue?.field, issue?.note].filter((word) => word !== undefined).join(": ");
        kept.push(`${job.name} ${reject.place.path ?? `line ${reject.place.line}`} ${reject.reason} ${words}`.trim());
      }
    }
  }
  return { forUser: (user) => storage.forUser(user), kept };
}

/** All rows of a repository. */
export async function rowsOf<Row>(table: {
  page(request: { limit: number }): Promise<{ readonly rows: readonly Row[] }>;
}): Promise<readonly Row[]> {
  return (await table.page({ limit: 1000 })).rows;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the example as its user does: as a process of its own. */
export function start(...args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const { DATABASE_URL: _others, ...env } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, "../main.ts"), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}
