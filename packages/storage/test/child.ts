// Runs a test program in a process of its own and returns what it reports.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a child is told: anything that JSON holds. */
export interface ChildTask extends Readonly<Record<string, unknown>> {
  /** Whether it must not run as root, whom no permission stops. */
  readonly unprivileged?: boolean;
}

const NOBODY = 65_534;

/** Runs `test/<program>` with a task as its argument; the JSON it prints. Rejects when it fails. */
export function runChild(program: string, task: ChildTask): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`${program} ended with ${code}: ${errors}`))));
  });
}

/** The task of the program that is running. Gives up root when the task asks for it. */
export function childTask(): ChildTask {
  const task = JSON.parse(process.argv[2] ?? "{}") as ChildTask;
  if (task.unprivileged === true && process.getuid?.() === 0) {
    process.setgid?.(NOBODY);
    process.setuid?.(NOBODY);
  }
  return task;
}
