// A restore whose process dies in the middle: node killed-restore.ts ROOT ARCHIVE IDENTITY. The services have just been stopped.
import { createBackup } from "@td/backup";

const [root = "", archive = "", identity = ""] = process.argv.slice(2);
const kill = async (): Promise<void> => void process.kill(process.pid, "SIGKILL");
await createBackup({ root, services: { stop: async () => undefined, start: kill } }).restore(archive, { identities: [identity] });
