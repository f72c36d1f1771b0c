// One write of the host: mark, primary, second side, unmark. Whatever fails on the way, a key that may differ stays marked.
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "@td/storage";
import { rolesIn, type Phase, type Roles } from "../core/phases.ts";
import type { StoredRecord } from "../stores/record-store.ts";
import { barePut } from "../stores/repository-store.ts";
import { MigrateError } from "../errors.ts";
import { count, dirtyCount, mark, markDirty, number, release, stateIn, type DirtyReason, type Numbered, type Ticket } from "./control.ts";
import { controlled, holds, isInside, mayBeLost, quarantine, refuseInside, timed, unmarkSoon, type Engine } from "./engine.ts";
import { TimedOut, within } from "./second-side.ts";
import { dualDirtyKeys } from "./tables.ts";

/** What the host wrote: records or keys to remove. */
export type Change<T> = { readonly put: readonly StoredRecord<T>[] } | { readonly delete: readonly string[] };

/** Writes a change as the phase says. Rejects only when the primary, or the control before it, refused; or when others changed the primary meanwhile. */
export async function write<T>(engine: Engine<T>, change: Change<T>): Promise<void> {
  const keys = [...new Set("put" in change ? change.put.map(({ key }) => key) : change.delete)];
  if (keys.length === 0) return;
  refuseInside(engine);
  await slowDown(engine);
  const unlock = await engine.locks.acquire(keys);
  try {
    const begun = await begin(engine, keys, change);
    if (begun.ticket !== undefined) await finish(engine, begun.ticket, begun.primaryMs, change);
    else engine.settings.onEvent(told(begun.phase, keys, begun.primaryMs, begun.secondaryMs, begun.clean));
  } finally {
    unlock();
  }
}

/** What stands after the first transaction: a ticket when a side outside of it is still to be written. */
type Begun =
  | { readonly ticket: Ticket; readonly primaryMs: number | undefined }
  | {
      readonly ticket?: undefined;
      readonly phase: Ticket["phase"];
      readonly primaryMs: number;
      readonly secondaryMs: number | null;
      readonly clean: boolean;
    };

function begin<T>(engine: Engine<T>, keys: readonly string[], change: Change<T>): Promise<Begun> {
  const marks = (phase: Phase): boolean => !sidesInside(engine, rolesIn(phase));
  return controlled(
    engine,
    async (tx, opened) => {
      const numbered = opened.numbered ?? (await number(tx, engine.of, 1));
      const roles = rolesIn(numbered.phase);
      if (!marks(numbered.phase)) return writeInside(tx, engine, roles, keys, change, numbered);
      const ticket = opened.ticket ?? (await mark(tx, engine.of, keys, { numbered }));
      const inside = isInside(engine, roles.primary);
      return { ticket, primaryMs: inside ? await milliseconds(() => applyInside(engine, roles.primary, change)) : undefined };
    },
    { keys, marks },
  );
}

/** Whether all that a phase writes lies in the database of the control: then nothing comes between the writes, and no key is marked. */
function sidesInside<T>(engine: Engine<T>, { primary, secondary }: Roles): boolean {
  return isInside(engine, primary) && (secondary === undefined || isInside(engine, secondary));
}

/** Everything in one transaction. When the second side refuses, its part is taken back and the keys are marked. */
async function writeInside<T>(
  tx: Scope,
  engine: Engine<T>,
  roles: Roles,
  keys: readonly string[],
  change: Change<T>,
  { phase, paused }: Numbered,
): Promise<Begun> {
  const primaryMs = await milliseconds(() => applyInside(engine, roles.primary, change));
  const { secondary } = roles;
  if (secondary === undefined) return { phase, primaryMs, secondaryMs: null, clean: true };
  const began = performance.now();
  const error = paused ? "paused" : await failureOf(() => tx.transaction(() => applyInside(engine, secondary, change)));
  const secondaryMs = performance.now() - began;
  if (error === undefined) {
    if ((await dirtyCount(tx, engine.of.name)) > 0)
      for (const key of keys) await tx.table(dualDirtyKeys).delete({ name: engine.of.name, key });
    return { phase, primaryMs, secondaryMs, clean: true };
  }
  await markDirty(tx, engine.of, keys, paused ? "secondary-resting" : "secondary-failed");
  if (!paused) {
    await count(tx, engine.of, { failedWrites: 1 });
    engine.settings.onEvent({ kind: "secondary-failed", side: secondary, keys, error });
  }
  return { phase, primaryMs, secondaryMs, clean: false };
}

/** The primary, when it has not been written with the marks, then the second side. */
async function finish<T>(engine: Engine<T>, ticket: Ticket, written: number | undefined, change: Change<T>): Promise<void> {
  const { primary, secondary } = rolesIn(ticket.phase);
  const primaryMs = written ?? (await milliseconds(() => primaryWrite(engine, ticket, () => apply(engine, primary, change))));
  const began = performance.now();
  const second = secondary === undefined ? "clean" : await secondWrite(engine, ticket, secondary, change);
  const secondaryMs = secondary === undefined ? null : performance.now() - began;
  const outcome = second === "clean" && !(await holds(engine, ticket)) ? "superseded" : second;
  if (outcome === "clean") unmarkSoon(engine, ticket);
  if (outcome === "superseded") await leave(engine, ticket, "superseded");
  engine.settings.onEvent(told(ticket.phase, ticket.keys, primaryMs, secondaryMs, outcome === "clean" || outcome === "unmarked"));
}

/** What became of a second write: both sides hold the change; and its keys are unmarked already; or they are left dirty; or others have taken them over. */
type Outcome = "clean" | "unmarked" | "dirty" | "superseded";

// A primary that failed may have written all the same: the key stays dirty, and repair copies what it holds.
async function primaryWrite<T>(engine: Engine<T>, ticket: Ticket, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    await leave(engine, ticket, "primary-failed").catch(() => undefined);
    throw error;
  }
}

async function secondWrite<T>(engine: Engine<T>, ticket: Ticket, side: "legacy" | "next", change: Change<T>): Promise<Outcome> {
  if (ticket.paused || ticket.quarantinedUntil > 0 || engine.patience.resting) {
    await leave(engine, ticket, "secondary-resting", ticket.quarantinedUntil);
    return "dirty";
  }
  try {
    if (isInside(engine, side)) {
      await controlled(engine, async (tx) => {
        await applyInside(engine, side, change);
        if ((await release(tx, engine.of, ticket, NONE)) > 0) throw new Superseded();
      });
      engine.patience.succeeded();
      return "unmarked";
    }
    // What others have written to this side since they took the keys over is newer.
    if (!(await holds(engine, ticket))) return "superseded";
    await within(engine.settings.secondaryTimeoutMs, () => apply(engine, side, change));
  } catch (error) {
    if (error instanceof Superseded) return "superseded";
    await secondFailed(engine, ticket, side, error);
    return "dirty";
  }
  engine.patience.succeeded();
  return "clean";
}

/** The marks of a write were taken over before it could finish inside the control's database: its second write is taken back. */
class Superseded extends Error {}

const NONE: ReadonlyMap<string, DirtyReason> = new Map();

async function secondFailed<T>(engine: Engine<T>, ticket: Ticket, side: "legacy" | "next", error: unknown): Promise<void> {
  const { settings, of, patience } = engine;
  patience.failed(side);
  settings.onEvent({ kind: "secondary-failed", side, keys: ticket.keys, error });
  // A write that did not answer may land at any time: until it has, nobody may write the second side and call it equal.
  const until = error instanceof TimedOut ? of.now().getTime() + of.leaseMs : 0;
  if (error instanceof TimedOut) quarantine(engine, ticket.keys, until, error.late);
  await leave(engine, ticket, "secondary-failed", until);
}

/**
 * Leaves the keys of a ticket dirty. When not even that can be written, their marks stay as they are and outlive their lease. Throws `superseded` when the
 * primary was changed after others had taken the keys over: whether the write is among those that were copied to the new one is not known.
 */
async function leave<T>(engine: Engine<T>, ticket: Ticket, reason: DirtyReason, quarantinedUntil = 0): Promise<void> {
  const { settings, of, pressure } = engine;
  let found: { readonly lost: number; readonly phase: Phase };
  try {
    found = await settings.control.transaction(async (tx) => {
      const lost = await release(tx, of, ticket, new Map(ticket.keys.map((key) => [key, reason])), quarantinedUntil);
      if (isFailure(ticket, reason)) await count(tx, of, { failedWrites: 1 });
      pressure.dirtyKeys = await dirtyCount(tx, of.name);
      return { lost, phase: (await stateIn(tx, of)).phase };
    });
  } catch (error) {
    settings.onEvent({ kind: "control-failed", keys: ticket.keys, error });
    if (mayBeLost(of, ticket)) throw error;
    return;
  }
  if (found.lost === 0) return;
  settings.onEvent({ kind: "superseded", keys: ticket.keys });
  const { primary } = rolesIn(ticket.phase);
  // A primary in the control's database was written together with the marks, so whoever took them over has copied it.
  if (!isInside(engine, primary) && rolesIn(found.phase).primary !== primary) throw overtaken(engine, ticket, found.phase);
}

/** Whether the second side has not got a write that it should have got. */
function isFailure({ paused }: Ticket, reason: DirtyReason): boolean {
  return reason === "secondary-failed" || (reason === "secondary-resting" && !paused);
}

function overtaken<T>({ settings: { name } }: Engine<T>, { keys, phase }: Ticket, now: Phase): MigrateError {
  const message = `Dual write "${name}": this process stood still for longer than its lease while others took its keys over and went from ${phase} to ${now}. Whether the write is among what they copied is not known: read the keys, then decide whether to write again.`;
  return new MigrateError("superseded", message, { facts: { name, phase, now, keys: keys.slice(0, 20) } });
}

function apply<T>(engine: Engine<T>, side: "legacy" | "next", change: Change<T>): Promise<void> {
  const store = timed(engine, side);
  return "put" in change ? store.put(change.put) : store.delete(change.delete);
}

/** The same in the open transaction of the control, which is taken back when this fails. */
function applyInside<T>(engine: Engine<T>, side: "legacy" | "next", change: Change<T>): Promise<void> {
  const put = "put" in change ? barePut(engine.settings[side]) : undefined;
  return "put" in change && put !== undefined ? engine.timings.time(side, "write", () => put(change.put)) : apply(engine, side, change);
}

/** Writes between two counts of the dirty keys. */
const RECOUNT = 100;

// The more keys are dirty, the longer a write waits: the second side and the repair get the time that they lack.
async function slowDown<T>(engine: Engine<T>): Promise<void> {
  const { settings, pressure } = engine;
  if (++pressure.writes >= RECOUNT || pressure.dirtyKeys >= settings.maxDirty) {
    pressure.writes = 0;
    pressure.dirtyKeys = await dirtyCount(settings.control, settings.name).catch(() => pressure.dirtyKeys);
  }
  if (pressure.dirtyKeys < settings.maxDirty) return;
  const delayMs = Math.min(
    settings.maxDelayMs,
    Math.ceil((settings.maxDelayMs * (pressure.dirtyKeys - settings.maxDirty + 1)) / settings.maxDirty),
  );
  settings.onEvent({ kind: "pressure", dirtyKeys: pressure.dirtyKeys, delayMs });
  await sleep(delayMs);
}

async function milliseconds(call: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}

async function failureOf(call: () => Promise<void>): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error ?? "unknown";
  }
}

function told(phase: Ticket["phase"], keys: readonly string[], primaryMs: number, secondaryMs: number | null, clean: boolean) {
  return { kind: "write", phase, keys: keys.length, primaryMs, secondaryMs, clean } as const;
}
