// Runs the example as its user does: as a process of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { readArgs } from "../args.ts";
import { planRun } from "../plan.ts";
import type { Report } from "../report.ts";
import { isRight, run as runStory } from "../run.ts";

/** The program under test. */
export const MAIN = join(dirname(dirname(fileURLToPath(import.meta.url))), "main.ts");

/** How a run ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run under way. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the example with these arguments. */
export function start(args: readonly string[], cwd?: string): Run {
  return startCommand(process.execPath, [MAIN, ...args], cwd);
}

/** Starts any command and collects what it says. */
export function startCommand(command: string, args: readonly string[], cwd?: string): Run {
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "",
    stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs the example to its end. */
export async function run(args: readonly string[], cwd?: string): Promise<Ended> {
  return await start(args, cwd).ended;
}

/** What `--json` prints, made in this process: ten times as quick as a new one, which other tests start. Fails unless the run succeeds. */
export async function runForReport(args: readonly string[]): Promise<Report> {
  const choices = readArgs([...args, "--json"]);
  if (choices === "help") throw new Error("help is no report");
  const report = await runStory(
    choices,
    planRun(choices, new Date(), () => undefined),
  );
  if (!isRight(report)) throw new Error(`the run failed\n${JSON.stringify(report, null, 1)}`);
  return JSON.parse(JSON.stringify(report)) as Report;
}

/** A folder that is gone when the test is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "td-spot-bot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** True when the long tests are asked for. */
export const SOAK = process.env["TD_DEPTH"] === "soak";
