// Peak memory of this process in MB. The system's own figure (maxRSS) starts at that of the process that forked it; Linux knows better.
import { existsSync, readFileSync } from "node:fs";

/** Peak memory so far, MB. */
export function peakMemory(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}
