// Copies the primary's present state of some keys to the second side, or looks whether it is there, while nobody writes them.
import { differingFields } from "../core/canonical-fields.ts";
import { MigrateError } from "../errors.ts";
import { rolesIn, type Phase, type Side } from "../core/phases.ts";
import type { StoredRecord } from "../stores/record-store.ts";
import type { Divergence, RepairReport } from "./contract.ts";
import { mark, release, type DirtyReason, type Ticket } from "./control.ts";
import { allInside, controlled, isInside, quarantine, timed, type Engine } from "./engine.ts";
import { TimedOut, within } from "./second-side.ts";
import { dualDirtyKeys } from "./tables.ts";

/** What is known of a key on both sides. */
interface Both<T> {
  readonly key: string;
  readonly first: T | undefined;
  readonly second: T | undefined;
}

/** What became of keys that were looked at. */
export interface Looked {
  readonly phase: Phase;
  readonly divergences: readonly Divergence[];
  readonly matched: number;
  /** Keys that both sides lack by now. */
  readonly gone: number;
  /** Keys left alone because they are dirty. */
  readonly dirty: number;
  /** Keys that others work on. */
  readonly busy: readonly string[];
}

/** Compares keys while they stand still. `keep` says which divergent keys are left marked dirty, so that a repair finds them. */
export async function look<T>(engine: Engine<T>, keys: readonly string[], keep: (divergence: Divergence) => boolean): Promise<Looked> {
  if (allInside(engine)) return lookInside(engine, keys, keep);
  const unlock = await engine.locks.acquire(keys);
  try {
    const ticket = await controlled(engine, (tx) => mark(tx, engine.of, keys, { busy: "skip", dirty: "skip", write: false }));
    const both = await orLeave(engine, ticket, () => readBoth(engine, ticket.phase, ticket.keys));
    const looked = lookedAt(engine, ticket.phase, both);
    const dirty = new Map<string, DirtyReason>(looked.divergences.filter(keep).map(({ key }) => [key, "differs"]));
    await engine.settings.control.transaction((tx) => release(tx, engine.of, ticket, dirty));
    return { ...looked, dirty: ticket.dirty.length, busy: ticket.busy };
  } finally {
    unlock();
  }
}

/** The same in one transaction, which keeps writers out by itself. */
function lookInside<T>(engine: Engine<T>, keys: readonly string[], keep: (divergence: Divergence) => boolean): Promise<Looked> {
  return controlled(engine, async (tx) => {
    // Marks nothing: it asks which keys are dirty, and the phase.
    const ticket = await mark(tx, engine.of, keys, { busy: "skip", dirty: "skip", write: false });
    const looked = lookedAt(engine, ticket.phase, await readBoth(engine, ticket.phase, ticket.keys));
    const dirty = new Map<string, DirtyReason>(looked.divergences.filter(keep).map(({ key }) => [key, "differs"]));
    await release(tx, engine.of, ticket, dirty);
    return { ...looked, dirty: ticket.dirty.length, busy: ticket.busy };
  });
}

function lookedAt<T>({ settings }: Engine<T>, phase: Phase, both: readonly Both<T>[]): Omit<Looked, "dirty" | "busy"> {
  const divergences: Divergence[] = [];
  let gone = 0;
  for (const { key, first, second } of both) {
    if (first === undefined && second === undefined) gone++;
    else if (second === undefined) divergences.push({ key, kind: "missing", fields: [] });
    else if (first === undefined) divergences.push({ key, kind: "extra", fields: [] });
    else {
      const fields = differingFields(first, second, settings.canonical);
      if (fields.length > 0) divergences.push({ key, kind: "different", fields });
    }
  }
  return { phase, divergences, gone, matched: both.length - gone - divergences.length };
}

async function readBoth<T>(engine: Engine<T>, phase: Phase, keys: readonly string[]): Promise<readonly Both<T>[]> {
  const [first, second] = comparedSides(phase);
  const both: Both<T>[] = [];
  for (const key of keys) both.push({ key, first: await read(engine, first, key), second: await read(engine, second, key) });
  return both;
}

/** One read while the key is held: a side that does not answer must not hold its writers up. Throws `store-unreadable`. */
async function read<T>(engine: Engine<T>, side: Side, key: string): Promise<T | undefined> {
  const get = () => timed(engine, side).get(key);
  if (isInside(engine, side)) return get();
  try {
    return await within(engine.settings.secondaryTimeoutMs, get);
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    const { name } = engine.settings;
    throw new MigrateError(
      "store-unreadable",
      `Dual write "${name}": a read of the ${side} side had ${error.message}. Its key is dirty; try again.`,
      {
        facts: { name, side },
        retryable: true,
        cause: error,
      },
    );
  }
}

/** The sides that are compared: the primary first. */
export function comparedSides(phase: Phase): readonly [Side, Side] {
  return rolesIn(phase).primary === "legacy" ? ["legacy", "next"] : ["next", "legacy"];
}

/** Runs a piece of work on marked keys; when it fails they are given back dirty, as they may have been before. */
async function orLeave<T, R>({ settings, of }: Engine<T>, ticket: Ticket, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    const dirty = new Map<string, DirtyReason>(ticket.keys.map((key) => [key, "differs"]));
    await settings.control.transaction((tx) => release(tx, of, ticket, dirty)).catch(() => undefined);
    throw error;
  }
}

/** Brings keys to the primary's state. */
export async function mend<T>(engine: Engine<T>, keys: readonly string[]): Promise<RepairReport> {
  if (allInside(engine)) return mendInside(engine, keys);
  const { settings, of } = engine;
  const unlock = await engine.locks.acquire(keys);
  try {
    const ticket = await controlled(engine, (tx) => mark(tx, of, keys, { busy: "skip", write: false }));
    const rests = ticket.paused || ticket.quarantinedUntil > 0;
    const outcome = rests ? untouched(ticket.keys) : await orLeave(engine, ticket, () => copy(engine, ticket));
    const dirty = new Map<string, DirtyReason>([...outcome.failed.keys()].map((key) => [key, "secondary-failed"]));
    const until = rests ? ticket.quarantinedUntil : outcome.until;
    await settings.control.transaction((tx) => release(tx, of, ticket, dirty, until));
    if (outcome.late !== undefined) quarantine(engine, ticket.keys, until, outcome.late);
    return reported(outcome, ticket.busy.length);
  } finally {
    unlock();
  }
}

interface Outcome {
  readonly copied: number;
  readonly deleted: number;
  readonly failed: ReadonlyMap<string, string>;
  readonly late: Promise<void> | undefined;
  /** The quarantine of keys whose write may still land. */
  readonly until: number;
}

function untouched(keys: readonly string[]): Outcome {
  return { copied: 0, deleted: 0, failed: new Map(keys.map((key) => [key, "the second side rests"])), late: undefined, until: 0 };
}

function reported({ copied, deleted, failed }: Outcome, busy: number): RepairReport {
  const failures = [...failed].slice(0, 20).map(([key, message]) => ({ key, message }));
  return { copied, deleted, left: failed.size + busy, failures };
}

async function copy<T>(engine: Engine<T>, ticket: Ticket): Promise<Outcome> {
  const { primary, secondary } = rolesIn(ticket.phase);
  // With one side only there is nothing to copy: a mark that a killed write left there has done its work.
  if (secondary === undefined) return { copied: 0, deleted: 0, failed: new Map(), late: undefined, until: 0 };
  const puts: StoredRecord<T>[] = [];
  const deletes: string[] = [];
  for (const key of ticket.keys) {
    const value = await timed(engine, primary).get(key);
    if (value === undefined) deletes.push(key);
    else puts.push({ key, value });
  }
  try {
    await within(limitOf(engine, ticket.keys.length), () => writeAll(engine, secondary, puts, deletes));
    engine.patience.succeeded();
    return { copied: puts.length, deleted: deletes.length, failed: new Map(), late: undefined, until: 0 };
  } catch (error) {
    const until = engine.of.now().getTime() + engine.of.leaseMs;
    if (error instanceof TimedOut)
      return { ...untouched(ticket.keys), failed: new Map(ticket.keys.map((key) => [key, error.message])), late: error.late, until };
    if (ticket.keys.length === 1) return { ...untouched([]), failed: new Map(ticket.keys.map((key) => [key, messageOf(error)])) };
    return copyOneByOne(engine, secondary, puts, deletes);
  }
}

// One record that the second side does not take must not hold the others back.
async function copyOneByOne<T>(
  engine: Engine<T>,
  side: Side,
  puts: readonly StoredRecord<T>[],
  deletes: readonly string[],
): Promise<Outcome> {
  const failed = new Map<string, string>();
  let outcome = { copied: 0, deleted: 0, late: undefined as Promise<void> | undefined, until: 0 };
  for (const [key, work] of [
    ...puts.map((put) => [put.key, () => writeAll(engine, side, [put], [])] as const),
    ...deletes.map((gone) => [gone, () => writeAll(engine, side, [], [gone])] as const),
  ]) {
    try {
      await within(limitOf(engine, 1), work);
      outcome = deletes.includes(key) ? { ...outcome, deleted: outcome.deleted + 1 } : { ...outcome, copied: outcome.copied + 1 };
    } catch (error) {
      failed.set(key, messageOf(error));
      if (error instanceof TimedOut)
        outcome = {
          ...outcome,
          late: Promise.all([outcome.late, error.late]).then(() => undefined),
          until: engine.of.now().getTime() + engine.of.leaseMs,
        };
    }
  }
  return { ...outcome, failed };
}

/** A batch may take longer than one write. */
function limitOf<T>({ settings }: Engine<T>, keys: number): number {
  return Math.min(settings.secondaryTimeoutMs * (1 + keys / 100), 2 ** 31 - 1);
}

async function writeAll<T>(engine: Engine<T>, side: Side, puts: readonly StoredRecord<T>[], deletes: readonly string[]): Promise<void> {
  const store = timed(engine, side);
  if (puts.length > 0) await store.put(puts);
  if (deletes.length > 0) await store.delete(deletes);
}

function mendInside<T>(engine: Engine<T>, keys: readonly string[]): Promise<RepairReport> {
  return controlled(engine, async (tx) => {
    const ticket = await mark(tx, engine.of, keys, { busy: "skip", write: false });
    const outcome = ticket.paused
      ? untouched(ticket.keys)
      : await tx.transaction(() => copyInside(engine, ticket)).catch((error: unknown) => error);
    if (!isOutcome(outcome)) {
      if (keys.length > 1) throw outcome;
      await release(tx, engine.of, ticket, new Map(ticket.keys.map((key) => [key, "secondary-failed"])));
      return { copied: 0, deleted: 0, left: 1, failures: ticket.keys.map((key) => ({ key, message: messageOf(outcome) })) };
    }
    await release(tx, engine.of, ticket, new Map([...outcome.failed.keys()].map((key) => [key, "secondary-resting"])));
    return reported(outcome, ticket.busy.length);
  }).catch(async (error: unknown) => {
    if (keys.length === 1) throw error;
    let all: RepairReport = { copied: 0, deleted: 0, left: 0, failures: [] };
    for (const key of keys) all = addRepairs(all, await mendInside(engine, [key]));
    return all;
  });
}

function isOutcome(outcome: unknown): outcome is Outcome {
  return typeof outcome === "object" && outcome !== null && "copied" in outcome;
}

async function copyInside<T>(engine: Engine<T>, ticket: Ticket): Promise<Outcome> {
  const { primary, secondary } = rolesIn(ticket.phase);
  const puts: StoredRecord<T>[] = [];
  const deletes: string[] = [];
  if (secondary === undefined) return { ...untouched([]) };
  for (const key of ticket.keys) {
    const value = await timed(engine, primary).get(key);
    if (value === undefined) deletes.push(key);
    else puts.push({ key, value });
  }
  await writeAll(engine, secondary, puts, deletes);
  return { copied: puts.length, deleted: deletes.length, failed: new Map(), late: undefined, until: 0 };
}

/** Two repairs as one. */
export function addRepairs(a: RepairReport, b: RepairReport): RepairReport {
  return {
    copied: a.copied + b.copied,
    deleted: a.deleted + b.deleted,
    left: a.left + b.left,
    failures: [...a.failures, ...b.failures].slice(0, 20),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The dirty keys of a dual write, in arrays. */
export async function* dirtyKeys<T>({ settings }: Engine<T>): AsyncGenerator<readonly string[]> {
  const { control, name } = settings;
  for await (const rows of control.table(dualDirtyKeys).stream({ where: { name }, chunk: 200 })) yield rows.map(({ key }) => key);
}
