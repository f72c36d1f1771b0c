// A backup or a restore that ends by kill -9: node kill-child.ts create|restore ROOT PLACE STEP. The step is counted over all changes to the disk.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createBackup } from "../src/index.ts";
import { watchDisk } from "../src/disk.ts";

const [work = "", root = "", place = "", step = ""] = process.argv.slice(2);
let count = 0;
watchDisk(() => {
  if (count++ === Number(step)) process.kill(process.pid, "SIGKILL");
});
// The application, as far as this test is concerned: a file that says whether it runs.
const app = (state: string) => async (): Promise<void> => writeFileSync(join(place, "app"), state);
const backup = createBackup({ root, services: { stop: app("stopped"), start: app("running") } });
if (work === "create") await backup.create({ to: join(place, "backups"), encrypt: "none" });
else await backup.restore(join(place, "archive.tar.zst"));
