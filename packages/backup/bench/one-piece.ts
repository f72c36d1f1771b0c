// One measured piece of work in a process of its own: create, restore or verify. Built to JavaScript before it runs, as users have it.
import { readFileSync } from "node:fs";
import { createBackup, verifyBackup, type VerifyReport } from "@td/backup";

const [work = "", root = "", to = "", recipient = "", identity = "", report = ""] = process.argv.slice(2);
let helperPeak = 0;
const timer = setInterval(() => (helperPeak = Math.max(helperPeak, childrenPeakMB())), 20);
const backup = createBackup({ root });
const keys = identity === "" ? {} : { identities: [identity] };
const verified = report === "" ? {} : { verified: JSON.parse(readFileSync(report, "utf8")) as VerifyReport };
if (work === "create") await backup.create({ to, encrypt: recipient === "" ? "none" : { recipients: [recipient] } });
else if (work === "restore") await backup.restore(to, { ...keys, ...verified });
else await verifyBackup(to, { ...keys, level: recipient === "databases" ? "databases" : "hashes", record: recipient === "databases" });
clearInterval(timer);
console.log(Math.max(helperPeak, process.resourceUsage().maxRSS / 1024));

// Linux tells; elsewhere the helper's memory is not in the figure.
function childrenPeakMB(): number {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
    const peaks = children.map((pid) => /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0");
    return Math.max(...peaks.map(Number)) / 1024;
  } catch {
    return 0;
  }
}
