// The control tables at work: a mark on every key before its first write, removed when both sides hold it. All inside transactions of the control.
import type { Scope } from "@td/storage";
import { engineOf, isStorableText, run, steps, type Step, type StepResult } from "@td/storage/internal";
import { MigrateError } from "../errors.ts";
import type { Phase } from "../core/phases.ts";
import { isGone } from "./owner.ts";
import { dualAudit, dualDirtyKeys, dualWrites, type DirtyKeyRow, type DualAuditRow, type DualWriteRow } from "./tables.ts";

/** What the control needs to know of a dual write. */
export interface ControlOf {
  readonly name: string;
  readonly owner: string;
  readonly leaseMs: number;
  readonly now: () => Date;
}

/** Why a key stays dirty. */
export type DirtyReason = DirtyKeyRow["reason"];

/** The right to work on keys, until it is given back. */
export interface Ticket {
  /** Where the dual write stood when the keys were marked; no switch of phase happens while they are. */
  readonly phase: Phase;
  readonly paused: boolean;
  /** The number of this piece of work. */
  readonly version: number;
  /** The keys that are marked. */
  readonly keys: readonly string[];
  /** Keys that others work on; they are not marked. */
  readonly busy: readonly string[];
  /** Keys left alone because they were dirty already. */
  readonly dirty: readonly string[];
  /** Marked keys that a late second write may still reach: until when the second side is not to be written, in milliseconds since 1970. 0: none. */
  readonly quarantinedUntil: number;
  /** When the lease of the marks began: by the clock of leases, and by one that nobody sets. */
  readonly heldSince: { readonly clock: number; readonly steady: number };
}

/** Somebody else works on a key, or a switch of phase is under way: try again. */
export class Busy extends Error {
  readonly what: "keys" | "switch";

  constructor(what: "keys" | "switch") {
    super(what);
    this.what = what;
  }
}

/** Where a dual write stands; made in phase `legacy` when there is none of this name yet. */
export async function stateIn(tx: Scope, { name, now }: ControlOf): Promise<DualWriteRow> {
  const found = await tx.table(dualWrites).get({ name });
  if (found !== null) return found;
  const at = now();
  const row = await tx.table(dualWrites).insert({ name, ...FIRST, phaseSince: at });
  await tx
    .table(dualAudit)
    .insert({ name, entry: 1, at, by: "td", action: "created", fromPhase: "legacy", toPhase: "legacy", why: "first use", evidence: {} });
  return row;
}

const FIRST = {
  phase: "legacy",
  epoch: 1,
  version: 0,
  paused: false,
  fencedUntil: 0,
  cleanVerifications: 0,
  writes: 0,
  failedWrites: 0,
  comparedReads: 0,
  readDifferences: 0,
  entries: 1,
} as const;

/** Where a dual write stood when a piece of work got its number. */
export type Numbered = Pick<DualWriteRow, "phase" | "paused" | "version">;

/** Numbers a piece of work and says where the dual write stands; `more`: whether it counts as a write of the host. Throws {@link Busy}. */
export async function number(tx: Scope, of: ControlOf, more: 0 | 1): Promise<Numbered> {
  const numbered = await steps(tx, () => numbering(tx, of, more));
  if (numbered !== undefined) return numbered;
  // A switch is under way, or this is the first use.
  if ((await stateIn(tx, of)).fencedUntil > of.now().getTime()) throw new Busy("switch");
  return number(tx, of, more);
}

function* numbering(tx: Scope, { name, now }: ControlOf, more: 0 | 1): Generator<Step, Numbered | undefined, StepResult> {
  const { rows } = yield { sql: NUMBER, params: [more, tx.userId, name, now().getTime()] };
  const [row] = rows;
  if (row === undefined) return undefined;
  return { phase: String(row[0]) as Phase, paused: Number(row[1]) === 1, version: Number(row[2]) };
}

// One statement: every write of the host passes here.
const NUMBER = `update td_dual_writes set version = version + 1, writes = writes + ? where user_id = ? and name = ? and fenced_until <= ?
  returning phase, case when paused then 1 else 0 end, version`;

/** What a transaction of the control begins with. */
export interface Opened {
  /** The finished work whose marks others had taken over; its keys are dirty now. */
  readonly superseded: readonly Ticket[];
  /** The number of a write, when it was given one. */
  readonly numbered: Numbered | undefined;
  /** Its ticket, when all of its keys were free. */
  readonly ticket: Ticket | undefined;
}

/** A write that is about to begin. */
export interface Beginning {
  /** Its keys. */
  readonly keys: readonly string[];
  /** Whether they are to be marked in a phase. */
  readonly marks: (phase: Phase) => boolean;
}

/** Removes the marks of finished work and begins a write: what nothing stands in the way of, in one piece. */
export async function open(tx: Scope, of: ControlOf, finished: readonly Ticket[], write?: Beginning): Promise<Opened> {
  if (finished.length === 0 && write === undefined) return { superseded: [], numbered: undefined, ticket: undefined };
  const opened = await steps(tx, () => opening(tx, of, finished, write));
  // Nothing is marked before these keys are: a write that begins on one of them takes a dirty key.
  for (const { keys } of opened.superseded) await markSuperseded(tx, of, keys);
  return opened;
}

function* opening(
  tx: Scope,
  of: ControlOf,
  finished: readonly Ticket[],
  write: Beginning | undefined,
): Generator<Step, Opened, StepResult> {
  const superseded: Ticket[] = [];
  for (const ticket of finished) {
    const { count: released } = yield { sql: UNMARK, params: [tx.userId, of.name, ticket.version] };
    if (released < ticket.keys.length) superseded.push(ticket);
  }
  const numbered = write === undefined || superseded.length > 0 ? undefined : yield* numbering(tx, of, 1);
  const marks = write !== undefined && numbered !== undefined && write.marks(numbered.phase);
  return { superseded, numbered, ticket: marks ? yield* marking(tx, of, write.keys, numbered) : undefined };
}

/** How keys are marked. */
export interface MarkOptions {
  /** Throw {@link Busy} when others work on a key (default), or leave it out. */
  readonly busy?: "throw" | "skip";
  /** Take keys that are dirty (default), or leave them out. */
  readonly dirty?: "take" | "skip";
  /** Counts as a write of the host. Default true. */
  readonly write?: boolean;
  /** The number of the work, when {@link open} gave it one in this transaction and others were in its way. */
  readonly numbered?: Numbered;
}

/** Marks keys. The fence and the phase are read in the same transaction: what is marked is marked in this phase, and the phase stays while it is. Throws {@link Busy}. */
export async function mark(tx: Scope, of: ControlOf, keys: readonly string[], options: MarkOptions = {}): Promise<Ticket> {
  const row = options.numbered ?? (await number(tx, of, options.write === false ? 0 : 1));
  const free = options.numbered === undefined ? await steps(tx, () => marking(tx, of, keys, row)) : undefined;
  if (free !== undefined) return free;
  const { now, heldSince, marks } = begun(of, row);
  const { conflicts, rejected } = await tx
    .table(dualDirtyKeys)
    .importMany(keys.map((key) => ({ name: of.name, key, ...marks, since: now })));
  const [refused] = rejected;
  if (refused !== undefined) throw refusedKey(refused.row.key);
  const ticket = { busy: [] as string[], dirty: [] as string[], quarantinedUntil: 0 };
  for (const { existing } of conflicts) {
    const { key, owner, leaseUntil, version } = existing;
    // Put down a moment ago, beside those that are in the way.
    if (version === row.version) continue;
    if (owner !== null && owner !== of.owner && !isGone(owner, leaseUntil, now.getTime())) ticket.busy.push(key);
    else if (owner === null && options.dirty === "skip") ticket.dirty.push(key);
    else {
      if (owner === null && leaseUntil > now.getTime()) ticket.quarantinedUntil = Math.max(ticket.quarantinedUntil, leaseUntil);
      await tx.table(dualDirtyKeys).update({ name: of.name, key }, marks);
    }
  }
  if (ticket.busy.length > 0 && options.busy !== "skip") throw new Busy("keys");
  const left = new Set([...ticket.busy, ...ticket.dirty]);
  return { ...row, keys: keys.filter((key) => !left.has(key)), heldSince, ...ticket };
}

/** What the marks of a piece of work that begins now say. */
function begun({ now: clock, owner, leaseMs }: ControlOf, { version }: Numbered) {
  const now = clock();
  const heldSince = { clock: now.getTime(), steady: performance.now() };
  return { now, heldSince, marks: { version, owner, leaseUntil: now.getTime() + leaseMs, reason: "in-flight" } as const };
}

// When others are in the way of some keys, the marks of the other keys stay: they are the work's own.
function* marking(tx: Scope, of: ControlOf, keys: readonly string[], row: Numbered): Generator<Step, Ticket | undefined, StepResult> {
  if (!keys.every((key) => typeof key === "string" && isStorableText(key))) return undefined;
  const { now, heldSince, marks } = begun(of, row);
  const sqlite = engineOf(tx) === "sqlite";
  const since = sqlite ? now.getTime() * 1000 : now.toISOString();
  const params = [tx.userId, of.name, marks.version, marks.owner, marks.leaseUntil, marks.reason, since, JSON.stringify(keys)];
  const { count: marked } = yield { sql: sqlite ? MARK_SQLITE : MARK_POSTGRES, params };
  return marked === keys.length ? { ...row, keys, heldSince, busy: [], dirty: [], quarantinedUntil: 0 } : undefined;
}

const MARKS = "insert into td_dual_dirty_keys (user_id, name, version, owner, lease_until, reason, since, key)";
const MARK_SQLITE = `${MARKS} select ?, ?, ?, ?, ?, ?, ?, value from json_each(?) where true on conflict do nothing`;
const MARK_POSTGRES = `${MARKS} select ?, ?, ?::bigint, ?, ?::bigint, ?, ?::timestamptz, value from json_array_elements_text(?::json) as value on conflict do nothing`;

/** Gives the marks of a ticket a new lease; whether all of them were still its own. */
export async function renew(tx: Scope, of: ControlOf, ticket: Ticket): Promise<boolean> {
  const until = of.now().getTime() + of.leaseMs;
  const sql = `update td_dual_dirty_keys set lease_until = ? where ${OWN} and owner = ?`;
  return (await run(tx, sql, [until, tx.userId, of.name, ticket.version, of.owner])) === ticket.keys.length;
}

function refusedKey(key: string): MigrateError {
  return new MigrateError("record-refused", "A key must be text without NUL and without half a surrogate pair. Nothing was written.", {
    facts: { key },
  });
}

/** Keys that stay dirty, and why. */
export type StaysDirty = ReadonlyMap<string, DirtyReason>;

/** Removes the marks of a ticket, except of keys that stay dirty. The keys whose mark was no longer the ticket's, because others had taken them over; they are dirty now. */
export async function release(tx: Scope, of: ControlOf, ticket: Ticket, dirty: StaysDirty, quarantinedUntil = 0): Promise<number> {
  const own = [tx.userId, of.name, ticket.version];
  let released = 0;
  if (dirty.size === ticket.keys.length && new Set(dirty.values()).size === 1) {
    const [reason = "in-flight"] = dirty.values();
    released = await run(tx, `update td_dual_dirty_keys set owner = null, lease_until = ?, reason = ? where ${OWN}`, [
      quarantinedUntil,
      reason,
      ...own,
    ]);
  } else {
    for (const [key, reason] of dirty)
      released += await run(tx, `update td_dual_dirty_keys set owner = null, lease_until = ?, reason = ? where ${OWN} and key = ?`, [
        quarantinedUntil,
        reason,
        ...own,
        key,
      ]);
    released += await run(tx, UNMARK, own);
  }
  const lost = ticket.keys.length - released;
  if (lost > 0) await markSuperseded(tx, of, ticket.keys, quarantinedUntil);
  return lost;
}

const OWN = "user_id = ? and name = ? and version = ?";
const UNMARK = `delete from td_dual_dirty_keys where ${OWN} and owner is not null`;

// Nobody can say any more that the sides are equal: not whoever took the keys over and has finished, nor whoever works on them now, whose mark
// therefore loses its number.
async function markSuperseded(tx: Scope, of: ControlOf, keys: readonly string[], quarantinedUntil = 0): Promise<void> {
  const row = await stateIn(tx, of);
  const version = row.version + 1;
  await tx.table(dualWrites).update({ name: of.name }, { version });
  const dirty = { version, owner: null, reason: "superseded" } as const;
  const { conflicts } = await tx
    .table(dualDirtyKeys)
    .importMany(keys.map((key) => ({ name: of.name, key, ...dirty, leaseUntil: quarantinedUntil, since: of.now() })));
  for (const { existing } of conflicts) {
    const leaseUntil = Math.max(existing.owner === null ? existing.leaseUntil : 0, quarantinedUntil);
    await tx.table(dualDirtyKeys).update({ name: of.name, key: existing.key }, { ...dirty, leaseUntil });
  }
}

/** Marks keys dirty that nobody works on, beside marks that stand. */
export async function markDirty(tx: Scope, of: ControlOf, keys: readonly string[], reason: DirtyReason): Promise<void> {
  const row = await stateIn(tx, of);
  const dirty = { version: row.version, owner: null, leaseUntil: 0, reason, since: of.now() } as const;
  await tx.table(dualDirtyKeys).importMany(keys.map((key) => ({ name: of.name, key, ...dirty })));
}

/** Keeps the quarantine of keys up while a second write of theirs may still land; one that has ended meanwhile begins again. */
export async function keepQuarantine(tx: Scope, of: ControlOf, keys: readonly string[], until: number): Promise<void> {
  // A number of its own, so that no ticket takes these marks for its own.
  const version = (await stateIn(tx, of)).version + 1;
  await tx.table(dualWrites).update({ name: of.name }, { version });
  const quarantined = { version, owner: null, leaseUntil: until, reason: "secondary-failed" } as const;
  const { conflicts } = await tx
    .table(dualDirtyKeys)
    .importMany(keys.map((key) => ({ name: of.name, key, ...quarantined, since: of.now() })));
  for (const { existing } of conflicts)
    // Whoever works on a key now knows of the quarantine, and leaves the key under it.
    if (existing.owner === null && existing.leaseUntil < until)
      await tx.table(dualDirtyKeys).update({ name: of.name, key: existing.key }, { leaseUntil: until });
}

/**
 * Ends the quarantine of keys whose late second write has landed or failed, unless they are under another by now. Those that nobody kept from being
 * written and called equal meanwhile are marked dirty; they are returned.
 */
export async function endQuarantine(tx: Scope, of: ControlOf, keys: readonly string[], until: number): Promise<readonly string[]> {
  const escaped: string[] = [];
  for (const key of keys) {
    const row = await tx.table(dualDirtyKeys).get({ name: of.name, key });
    if (row === null || row.owner !== null) escaped.push(key);
    else if (row.leaseUntil === until) await tx.table(dualDirtyKeys).update({ name: of.name, key }, { leaseUntil: 0 });
  }
  if (escaped.length > 0) await markSuperseded(tx, of, escaped);
  return escaped;
}

/** How many keys are marked, in flight or dirty. */
export function dirtyCount(tx: Scope, name: string): Promise<number> {
  return tx.table(dualDirtyKeys).count({ name });
}

/** Marks of those who still work. */
export async function inFlight(tx: Scope, { name, now }: ControlOf): Promise<number> {
  let living = 0;
  const at = now().getTime();
  for await (const rows of tx.table(dualDirtyKeys).stream({ where: { name, owner: { ne: null } } }))
    for (const { owner, leaseUntil } of rows) if (owner !== null && !isGone(owner, leaseUntil, at)) living++;
  return living;
}

/** Adds to figures of the phase. */
export async function count(
  tx: Scope,
  of: ControlOf,
  figures: Partial<Record<"failedWrites" | "comparedReads" | "readDifferences", number>>,
): Promise<void> {
  const row = await stateIn(tx, of);
  const changes = Object.entries(figures).map(([figure, more]) => [figure, row[figure as keyof typeof figures] + more] as const);
  await tx.table(dualWrites).update({ name: of.name }, Object.fromEntries(changes));
}

/** Adds an entry to the audit trail. To be called in the transaction of what it tells. */
export async function enter(
  tx: Scope,
  of: ControlOf,
  entry: Pick<DualAuditRow, "by" | "action" | "fromPhase" | "toPhase" | "why" | "evidence">,
): Promise<number> {
  const row = await stateIn(tx, of);
  await tx.table(dualWrites).update({ name: of.name }, { entries: row.entries + 1 });
  await tx.table(dualAudit).insert({ name: of.name, entry: row.entries + 1, at: of.now(), ...entry });
  return row.entries + 1;
}
