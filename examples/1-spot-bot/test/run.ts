// Runs the example as its user does: as a process of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Report } from "../report.ts";

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

/** Runs the example with `--json`; fails unless it succeeds and says nothing but JSON. */
export async function runForReport(args: readonly string[], cwd?: string): Promise<Report> {
  const { code, stdout, stderr } = await run([...args, "--json"], cwd);
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`);
  return JSON.parse(stdout) as Report;
}

/** A folder that is gone when the test is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "td-spot-bot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** True when the long tests are asked for. */
export const SOAK = process.env["TD_DEPTH"] === "soak";
