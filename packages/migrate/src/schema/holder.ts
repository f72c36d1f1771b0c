// Who a migrator is, and whether another one is still alive.
import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";

/** One migrator. */
export interface Holder {
  /** Its identity. */
  readonly id: string;
  /** Who it works for. */
  readonly by: string;
  /** The machine, and on Linux the space of its process numbers: in another container the same number is another process. */
  readonly host: string;
  /** The process. */
  readonly pid: number;
}

/** The migrator of this call. */
export function thisHolder(actor: string | undefined): Holder {
  return { id: randomUUID(), by: actor ?? `${userName()}@${hostname()} process ${process.pid}`, host: thisHost(), pid: process.pid };
}

/** This machine, as {@link Holder} names it. */
export function thisHost(): string {
  return `${hostname()}${pidSpace()}`;
}

/** Whether a process is known to be gone: it was on this machine, and its number is nobody's. */
export function isGone(host: string, pid: number): boolean {
  if (host !== thisHost()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function pidSpace(): string {
  try {
    return ` ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown";
  }
}
