// A backup, restore, relocation or drill that ends by kill -9: node kill-child.ts create|restore|relocate|drill ROOT PLACE STEP. The step is counted over all changes to the disk.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createBackup, relocate, userData, verifyBackup } from "../src/index.ts";
import { watchDisk } from "../src/disk.ts";

const [work = "", root = "", place = "", step = ""] = process.argv.slice(2);
let count = 0;
watchDisk(() => {
  if (count++ === Number(step)) process.kill(process.pid, "SIGKILL");
});
// The application, as far as this test is concerned: a file that says whether it runs.
const app = (state: string) => async (): Promise<void> => writeFileSync(join(place, "app"), state);
const services = { stop: app("stopped"), start: app("running") };
const backup = createBackup({ root, services });
if (work === "create") await backup.create({ to: join(place, "backups"), encrypt: "none" });
else if (work === "relocate")
  await relocate({
    from: join(place, "old"),
    to: userData(root, { directories: { state: "state" } }),
    map: [{ from: "**", to: "state/" }],
    services,
    safety: { to: join(place, "safety"), encrypt: "none" },
  });
else if (work === "drill")
  await verifyBackup(join(place, "archive.tar.zst"), {
    level: "drill",
    scratch: join(place, "scratch"),
    check: () => {
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => undefined);
    },
  });
else await backup.restore(join(place, "archive.tar.zst"));
