// The host application: `node main.ts [FOLDER]`. Without a folder it keeps everything in a temporary one and removes it at the end.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPage } from "./build-page.ts";
import { startHost } from "./server/start.ts";

const given = process.argv[2];
if (given?.startsWith("-") === true) {
  console.log(
    "Usage: node main.ts [FOLDER]\nWithout FOLDER everything is kept in a temporary one. From the environment: PORT, DATABASE_URL, SESSION_SECRET.",
  );
  process.exit(given === "--help" ? 0 : 2);
}
const folder = given === undefined ? mkdtempSync(join(tmpdir(), "td-host-")) : resolve(given);
mkdirSync(folder, { recursive: true });
const site = join(folder, "site");
await buildPage(site);
const { DATABASE_URL: databaseUrl, SESSION_SECRET: sessionSecret, PORT: port = "5190" } = process.env;
const clean = (): void => (given === undefined ? rmSync(folder, { recursive: true }) : undefined);
const host = await startHost({
  folder,
  site,
  port: Number(port),
  ...(databaseUrl !== undefined && { databaseUrl }),
  ...(sessionSecret !== undefined && { sessionSecret }),
}).catch((error: Error & { readonly code?: string }) => {
  clean();
  console.error(error.code === "EADDRINUSE" ? `Port ${port} is taken: name another one as PORT.` : error);
  process.exit(1);
});
console.log(`Open ${host.url} and end with Ctrl-C. Everything is kept in ${folder}`);

const stop = async (): Promise<void> => {
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal); // a second one ends the process at once
  console.log("Stopping: services first, then the database.");
  await host.stop();
  clean();
};
const onSignal = (): void => void stop();
process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
