// Run as a child process by postgres.test.ts: starts a server, says where, and waits for its own end.
import { startPostgres } from "../src/postgres.ts";

const { url, pid, directory } = await startPostgres();
process.stdout.write(JSON.stringify({ url, pid, directory }) + "\n");
if (process.argv[2] !== "and-leave") setInterval(() => undefined, 60_000);
