// A child program in a process group of its own, with its last words kept, that ends when told to.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How to run a program. */
export interface ProgramOptions {
  /** Working directory. */
  readonly cwd: string;
  /** User and group to run as; default: those of this process. */
  readonly uid?: number;
  readonly gid?: number;
  /** Ends the program when aborted. */
  readonly stop: AbortSignal;
  /** The first signal of a stop. `SIGQUIT` and `SIGKILL` follow, five seconds apart, if it does not help. */
  readonly endWith: NodeJS.Signals;
}

/** A running program. */
export interface Program {
  /** Process id; 0 when it could not be started. */
  readonly pid: number;
  /** Resolves when the program is gone and its output is read. Never rejects. */
  readonly ended: Promise<void>;
  /** Its exit code; null while it runs, after a signal and when it could not be started. */
  exitCode(): number | null;
  /** The last lines of its error output. */
  log(): string;
  /** How it ended, in words, with its last lines. */
  fate(): string;
  /** Resolves to true when a line of its error output contains the text, to false when it ends before that. */
  says(text: string): Promise<boolean>;
}

const KEPT_LINES = 20;
const PATIENCE_MS = 5000;

/** Starts a program. Its environment has only a neutral locale and zone, so that no variable of the machine changes what it does. */
export function runProgram(file: string, flags: readonly string[], options: ProgramOptions): Program {
  const { stop, endWith, ...spawnOptions } = options;
  const env = { LC_ALL: "C", TZ: "UTC" };
  const child = spawn(file, flags, { ...spawnOptions, env, detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  child.on("error", (error) => lines.push(error.message));
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  // Always read: a server whose log nobody reads blocks in the end.
  const output = createInterface(child.stderr).on("line", (line) => void (lines.push(line) > KEPT_LINES && lines.shift()));
  const end = (): void => void endGroup(child, endWith, ended);
  if (stop.aborted) end();
  else stop.addEventListener("abort", end, { once: true });
  return {
    pid: child.pid ?? 0,
    ended,
    exitCode: () => child.exitCode,
    log: () => lines.join("\n"),
    fate: () => `ended with ${child.exitCode ?? child.signalCode ?? "no exit code"}\n${lines.join("\n")}`,
    says: (text) =>
      Promise.race([
        new Promise<true>((resolve) => void output.on("line", (line) => line.includes(text) && resolve(true))),
        ended.then(() => false),
      ]),
  };
}

async function endGroup(child: ChildProcess, first: NodeJS.Signals, ended: Promise<void>): Promise<void> {
  for (const signal of [first, "SIGQUIT", "SIGKILL"] as const) {
    signalGroup(child, signal);
    const patience = new Promise<"still there">((resolve) => void setTimeout(resolve, PATIENCE_MS, "still there").unref());
    if ((await Promise.race([ended, patience])) !== "still there") return;
  }
}

// The group, because initdb runs the server for its own purposes.
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
