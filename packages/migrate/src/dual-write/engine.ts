// What the parts of a dual write share: its settings, its name as an owner, its locks, and what goes on behind calls that have returned.
import { inTransaction } from "@td/storage/internal";
import type { Scope } from "@td/storage";
import type { Side } from "../core/phases.ts";
import { MigrateError } from "../errors.ts";
import type { RecordStore } from "../stores/record-store.ts";
import { endQuarantine, keepQuarantine, open, renew, type Beginning, type ControlOf, type Opened, type Ticket } from "./control.ts";
import { KeyLocks } from "./key-locks.ts";
import { newOwner } from "./owner.ts";
import { Patience, within } from "./second-side.ts";
import type { Settings } from "./settings.ts";
import { Timings } from "./timings.ts";
import { whenFree } from "./waiting.ts";

/** The shared parts. */
export interface Engine<T> {
  readonly settings: Settings<T>;
  readonly of: ControlOf;
  readonly locks: KeyLocks;
  readonly timings: Timings;
  readonly patience: Patience;
  /** Work behind calls that have returned. */
  readonly behind: Set<Promise<unknown>>;
  /** Second writes that did not answer in time and may still land, which some never do. */
  readonly late: Set<Promise<unknown>>;
  /** Work that has ended on both sides and whose marks are not removed yet: the next transaction of the control does it, or one of its own with the next turn. */
  readonly finished: { tickets: Ticket[]; timer: NodeJS.Immediate | undefined };
  /** Dirty keys as last counted, and writes since. */
  readonly pressure: { dirtyKeys: number; writes: number };
  /** Sampled reads not yet in the control tables. */
  readonly reads: { compared: number; different: number };
}

/** Makes the shared parts. */
export function createEngine<T>(settings: Settings<T>): Engine<T> {
  const { name, leaseMs, now, onEvent } = settings;
  return {
    settings,
    of: { name, owner: newOwner(), leaseMs, now },
    locks: new KeyLocks(),
    timings: new Timings(),
    patience: new Patience(now, (side, forMs) => onEvent({ kind: "secondary-resting", side, forMs })),
    behind: new Set(),
    late: new Set(),
    finished: { tickets: [], timer: undefined },
    pressure: { dirtyKeys: 0, writes: 0 },
    reads: { compared: 0, different: 0 },
  };
}

/** Whether a side lies in the database of the control, so that one transaction holds both. */
export function isInside<T>({ settings }: Engine<T>, side: Side | undefined): boolean {
  return side !== undefined && (settings[side] as Partial<{ readonly scope: Scope }>).scope === settings.control;
}

/** Whether both sides lie there. */
export function allInside<T>(engine: Engine<T>): boolean {
  return isInside(engine, "legacy") && isInside(engine, "next");
}

/** Refuses work that a transaction of the host could take back after a side outside of it was written. Throws `inside-transaction`. */
export function refuseInside<T>(engine: Engine<T>): void {
  if (allInside(engine) || !inTransaction(engine.settings.control)) return;
  throw new MigrateError(
    "inside-transaction",
    `Dual write "${engine.settings.name}" was asked inside a transaction of its control: a rollback would take the marks of its keys back, but not the writes. Ask it outside.`,
    { facts: { name: engine.settings.name } },
  );
}

/**
 * One transaction of the control, tried again while others are in the way. It removes the marks of finished work first, and begins a write when it is
 * given one, as far as nothing stands in its way.
 */
export function controlled<T, R>(engine: Engine<T>, work: (tx: Scope, opened: Opened) => Promise<R>, begins?: Beginning): Promise<R> {
  const { name, waitMs } = engine.settings;
  return whenFree(name, waitMs, () => attempt(engine, work, begins));
}

async function attempt<T, R>(engine: Engine<T>, work: (tx: Scope, opened: Opened) => Promise<R>, begins?: Beginning): Promise<R> {
  const { settings, finished } = engine;
  // Outside of the callback: when the database takes the transaction back, the callback runs again.
  const tickets: Ticket[] = [];
  let superseded: readonly Ticket[] = [];
  try {
    const result = await settings.control.transaction(async (tx) => {
      tickets.push(...finished.tickets.splice(0));
      const opened = await open(tx, engine.of, tickets, begins);
      superseded = opened.superseded;
      return work(tx, opened);
    });
    for (const { keys } of superseded) settings.onEvent({ kind: "superseded", keys });
    return result;
  } catch (error) {
    // Not to be held back by whoever waits here: a switch of phase may be waiting for just these.
    for (const ticket of tickets) unmarkSoon(engine, ticket);
    throw error;
  }
}

/** Removes the marks of work that has ended on both sides: with the next write, if it is asked for at once, which saves a commit, or with the next turn. */
export function unmarkSoon<T>(engine: Engine<T>, ticket: Ticket): void {
  const { finished } = engine;
  finished.tickets.push(ticket);
  finished.timer ??= setImmediate(() => {
    finished.timer = undefined;
    goOn(engine, unmarkNow(engine));
  });
}

/** Removes them now. The writes have happened, so nothing is thrown: marks that stay are repaired after their lease. */
export async function unmarkNow<T>(engine: Engine<T>): Promise<void> {
  const { finished, settings } = engine;
  clearImmediate(finished.timer);
  finished.timer = undefined;
  if (finished.tickets.length === 0) return;
  try {
    await attempt(engine, async () => undefined);
  } catch (error) {
    clearImmediate(finished.timer);
    finished.timer = undefined;
    const keys = finished.tickets.splice(0).flatMap((ticket) => ticket.keys);
    settings.onEvent({ kind: "control-failed", keys, error });
  }
}

/** Lets work go on behind the call. It must come to an end whatever the second side does. */
export function goOn<T>({ behind }: Engine<T>, work: Promise<unknown>): void {
  keep(behind, work);
}

function keep(place: Set<Promise<unknown>>, work: Promise<unknown>): void {
  const kept = work.catch(() => undefined).finally(() => place.delete(kept));
  place.add(kept);
}

/** Waits for what goes on behind calls that have returned; for second writes that may still land only for as long as for a write. */
export async function settled<T>(engine: Engine<T>): Promise<void> {
  const { behind, late, settings } = engine;
  while (behind.size > 0) await Promise.all(behind);
  if (late.size > 0) await within(settings.secondaryTimeoutMs, () => Promise.all(late)).catch(() => undefined);
  await unmarkNow(engine);
}

/**
 * Whether the marks of a ticket are still its own. Nobody takes them over before their lease has passed, so the control is asked only when half of it
 * has: by then this process, or its machine, has stood still.
 */
export async function holds<T>({ settings, of }: Engine<T>, ticket: Ticket): Promise<boolean> {
  if (!mayBeLost(of, ticket)) return true;
  return settings.control.transaction((tx) => renew(tx, of, ticket));
}

/** Whether so much of its lease has passed that the clocks of others may call it over. */
export function mayBeLost(of: ControlOf, { heldSince: { clock, steady } }: Ticket): boolean {
  return Math.max(of.now().getTime() - clock, performance.now() - steady) >= of.leaseMs / 2;
}

/** Keeps the keys of a second write that may still land under quarantine until it has landed or failed, for as long as this process lives. */
export function quarantine<T>(engine: Engine<T>, keys: readonly string[], until: number, late: Promise<void>): void {
  const { settings, of } = engine;
  let [held, work] = [until, Promise.resolve()];
  const prolong = async (): Promise<void> => {
    const next = of.now().getTime() + of.leaseMs;
    await settings.control.transaction((tx) => keepQuarantine(tx, of, keys, next));
    held = next;
  };
  const tick = (): void => {
    work = work.then(prolong).catch(() => undefined);
  };
  const timer = setInterval(tick, Math.min(of.leaseMs / 3, LONGEST_TIMER)).unref();
  const end = async (): Promise<void> => {
    await late;
    clearInterval(timer);
    await work;
    const escaped = await settings.control.transaction((tx) => endQuarantine(tx, of, keys, held));
    if (escaped.length > 0) settings.onEvent({ kind: "superseded", keys: escaped });
  };
  keep(engine.late, end());
}

/** Milliseconds; longer timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A store of a side, timed. */
export function timed<T>({ settings, timings }: Engine<T>, side: Side): Pick<RecordStore<T>, "get" | "put" | "delete"> {
  const store = settings[side];
  return {
    get: (key) => timings.time(side, "read", () => store.get(key)),
    put: (records) => timings.time(side, "write", () => store.put(records)),
    delete: (keys) => timings.time(side, "write", () => store.delete(keys)),
  };
}
