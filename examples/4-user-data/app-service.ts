// The application as a service: a real child process behind the three hooks that @td/backup asks for.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Services } from "@td/backup";

/** What the application says of its book. */
export interface Book {
  readonly trades: number;
  readonly cents: number;
}

/** A service that can be asked, and whose version can be changed while it is stopped. */
export interface AppService extends Services {
  /** Version that the next start runs. */
  version: number;
  /** Where the next start looks for its data. */
  data: { readonly root: string; readonly layout: "legacy" | "user-data" };
  /** Asks the running application. Throws when it does not run. */
  readonly book: () => Promise<Book>;
}

/** A service of the application; nothing runs yet. */
export function appService(data: AppService["data"]): AppService {
  let child: ChildProcess | undefined;
  const alive = (): ChildProcess => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) throw new Error("the application does not run");
    return child;
  };
  const service: AppService = {
    version: 1,
    data,
    stop: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
    start: async () => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) return;
      child = launch(service.data, service.version);
      await ready(child);
    },
    health: async () => {
      const { cents } = await service.book();
      if (cents !== 0) throw new Error(`the book is off by ${cents} cents`);
    },
    book: async () => {
      const running = alive();
      const answer = once(running, "message");
      running.send("health");
      const [book] = (await Promise.race([answer, once(running, "exit").then(() => [undefined])])) as [Book | undefined];
      if (book === undefined) throw new Error("the application ended when it was asked");
      return book;
    },
    timeoutMs: 20_000,
  };
  return service;
}

function launch({ root, layout }: AppService["data"], version: number): ChildProcess {
  return fork(join(import.meta.dirname, "trading-app.ts"), [root, layout, String(version)], {
    execArgv: ["--no-warnings"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

async function ready(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the application ended with ${String(code)} before it was ready`);
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, "message"), ended]);
}
