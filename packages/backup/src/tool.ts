// Programs of the system (gpg, pg_dump): run without a shell, secrets never among the arguments, what they say on failure kept without secrets.
import { spawn, type ChildProcess } from "node:child_process";
import { Duplex, Readable, Writable } from "node:stream";
import { BackupError } from "./errors.ts";

/** A program to run. */
export interface Tool {
  /** Name or path of the program. */
  readonly program: string;
  /** Its arguments; no secrets, since other users can read them. */
  readonly args: readonly string[];
  /** Environment on top of this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for its file descriptor 3, such as a passphrase. */
  readonly secret?: string;
}

/** The program as a transform: what is written goes to its stdin, what it says on stdout comes out. An exit code other than 0 is an error of the stream. */
export function toolTransform(tool: Tool): Duplex {
  const child = start(tool);
  const ended = ending(child, tool);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("unreachable: both are pipes");
  const output = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of stdout) yield chunk as Uint8Array;
    await ended;
  };
  stdin.on("error", () => undefined); // the exit code says more
  const duplex = Duplex.from({
    writable: new Writable({
      write: (chunk, _, done) => void stdin.write(chunk, () => done()),
      final: (done) => void stdin.end(() => done()),
    }),
    readable: Readable.from(output()),
  });
  duplex.once("close", () => child.kill());
  return duplex;
}

/** Runs the program to its end and gives what it wrote to stdout. Throws `tool-failed`. */
export async function runTool(tool: Tool, signal?: AbortSignal): Promise<string> {
  const child = start(tool);
  const abort = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", abort);
  child.stdin?.end();
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  try {
    await ending(child, tool);
    return text;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function start({ program, args, env, secret }: Tool): ChildProcess {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe", "pipe"], env: { ...process.env, ...env } });
  const third = child.stdio[3];
  if (third instanceof Writable) third.on("error", () => undefined).end(secret ?? "");
  return child;
}

function ending(child: ChildProcess, { program }: Tool): Promise<void> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-2000)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new BackupError("tool-failed", `${program} could not be started: install it, or choose another way.`, {
          facts: { program },
          cause,
        }),
      ),
    );
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new BackupError("tool-failed", `${program} ended with ${code ?? signal}: ${said.trim()}`, { facts: { program, exit: code } }),
        );
    });
  });
  ended.catch(() => undefined);
  return ended;
}
