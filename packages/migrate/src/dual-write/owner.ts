// Who works on a key, and whether it still lives. Only liveness is asked of clocks and process ids; the order of writes is not.
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

const mine = new Set<string>();

/** A name for one dual write of this process. */
export function newOwner(): string {
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`;
  mine.add(owner);
  return owner;
}

/** Whether an owner has certainly gone: its process is one of this machine and no longer runs, or its lease is over. */
export function isGone(owner: string, leaseUntil: number, now: number): boolean {
  if (leaseUntil <= now) return true;
  const [host, pid] = owner.split("/");
  if (host !== hostname()) return false;
  // A process of the same number that is this one and does not know the name: an earlier life of a container.
  return Number(pid) === process.pid ? !mine.has(owner) : !runs(Number(pid));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
