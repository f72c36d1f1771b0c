// Holds one throwaway PostgreSQL. Run as a child process: reports a line when the server takes connections, ends it when its input closes, and
// starts it anew when something is written there.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { PostgresOptions, SupervisorReport } from "./postgres.ts";
import { type Binaries, findBinaries } from "./postgres-binaries.ts";
import { give, type Ids, serverIds, temporaryRoot } from "./postgres-user.ts";
import { type Program, runProgram } from "./program.ts";

// Nothing here outlives the run, so durability is off. The zone is neither UTC nor whole hours from it, and the collation is that of
// a language: a query that silently relies on the server's zone or on byte order is seen at once.
const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  dynamic_shared_memory_type: "mmap",
  timezone: "Asia/Kathmandu",
};
const INITDB = [
  "--username=postgres",
  "--auth=scram-sha-256",
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=icu",
  "--icu-locale=en-US",
];
const READY = "database system is ready to accept connections";
const PORT_TAKEN = "Address already in use";
const PORT_ATTEMPTS = 5;
const OPTIONS = JSON.parse(process.argv[2] ?? "{}") as PostgresOptions;

interface Context {
  readonly directory: string;
  readonly ids: Ids | undefined;
  readonly binaries: Binaries;
  readonly stop: AbortSignal;
}

async function main(): Promise<void> {
  const stop = stopSignal();
  const ids = serverIds();
  const directory = await mkdtemp(join(temporaryRoot(ids), "td-postgres-"));
  try {
    await give(directory, ids);
    const binaries = await findBinaries(ids, directory, OPTIONS.native);
    await serve({ directory, ids, binaries, stop });
  } catch (error) {
    report({ error: error instanceof Error ? error.message : String(error) });
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

// The pipe closes when the process that holds its other end stops us, exits, or is killed in any way.
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.stdin.on("close", stop).on("error", stop).resume();
  process.stdout.on("error", stop);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return controller.signal;
}

async function serve(context: Context): Promise<void> {
  const password = randomBytes(18).toString("base64url");
  await createCluster(context, password);
  for (let attempt = 1; !context.stop.aborted; attempt++) {
    const port = await freePort();
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
    let life = await runOnce(context, port, url);
    const began = life.wasReady;
    while (life.restart) life = await runOnce(context, port, url);
    if (began && life.wasReady) return;
    const { server } = life;
    if (began || attempt === PORT_ATTEMPTS || !server.log().includes(PORT_TAKEN)) throw new Error(`postgres ${server.fate()}`);
  }
}

/** One life of the server, from its start to its end. */
interface Life {
  readonly server: Program;
  /** Whether it took connections. */
  readonly wasReady: boolean;
  /** Whether it ended so that it can be started again. */
  readonly restart: boolean;
}

async function runOnce(context: Context, port: number, url: string): Promise<Life> {
  const restart = new AbortController();
  const asked = (): void => restart.abort();
  const server = startServer({ ...context, stop: AbortSignal.any([context.stop, restart.signal]) }, port);
  const wasReady = await server.says(READY);
  if (wasReady) {
    process.stdin.once("data", asked);
    report({ url, pid: server.pid, directory: context.directory });
    await server.ended;
    process.stdin.off("data", asked);
  }
  return { server, wasReady, restart: restart.signal.aborted && !context.stop.aborted };
}

async function createCluster(context: Context, password: string): Promise<void> {
  const file = join(context.directory, "password");
  await writeFile(file, password, { mode: 0o600 });
  await give(file, context.ids);
  const flags = [`--pgdata=${join(context.directory, "data")}`, `--pwfile=${file}`, "--no-sync", "--no-instructions", ...INITDB];
  const initdb = start(context, context.binaries.initdb, flags, "SIGKILL");
  await initdb.ended;
  if (initdb.exitCode() !== 0) throw new Error(`initdb ${initdb.fate()}`);
  await rm(file);
}

// SIGINT is PostgreSQL's "fast" shutdown: it hangs up on its clients and leaves no shared memory behind.
function startServer(context: Context, port: number): Program {
  const settings = Object.entries({ ...SETTINGS, ...OPTIONS.settings, port: String(port) });
  const flags = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return start(context, context.binaries.postgres, ["-D", join(context.directory, "data"), ...flags], "SIGINT");
}

function start({ ids, directory, stop }: Context, file: string, flags: readonly string[], endWith: NodeJS.Signals): Program {
  return runProgram(file, flags, { ...ids, cwd: directory, stop, endWith });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no free port");
  return address.port;
}

function report(line: SupervisorReport): void {
  process.stdout.write(JSON.stringify(line) + "\n");
}

await main();
process.exit();
