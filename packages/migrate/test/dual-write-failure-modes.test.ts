// The known ways in which two stores come apart during a migration, each with its number in the list that td was designed by.
import { sameDecimal, sameInstant, ignored, differingFields, dualDirtyKeys, dualWrites, MigrateError, type DualWrite } from "@td/migrate";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { oldQuotes, quotes, rowStore } from "./dual-tables.ts";
import { ADA, bench, bring, contents, PLACES, type Bench } from "./dual-workbench.ts";
import { quote, type Quote } from "./store-conformance.ts";
import { folder, KINDS } from "./workbench.ts";

/** Both sides hold just these, and verify agrees. */
async function expectBoth({ legacy, next }: Bench, dual: DualWrite<Quote>, records: Readonly<Record<string, string>>): Promise<void> {
  expect([await contents(legacy), await contents(next)]).toEqual([records, records]);
  expect(await dual.verify()).toMatchObject({ clean: true, dirty: 0, unsettled: 0 });
}

/** Moves the clock past every lease. */
const pastLeases = ({ clock }: Bench): void => void (clock.now += 60_000);

describe("24. the process ends between the two writes", () => {
  test("the key was marked before the first of them, and is repaired", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    at.nextFault.write = "hang";
    const killed = at.open({ secondaryTimeoutMs: 1_000_000 });
    void killed.put([quote("a")]);
    await expect.poll(() => contents(at.legacy)).toEqual({ a: "1.5 " });
    // Never heard of again: its mark is all that is left.
    at.nextFault.write = "none";
    const dual = at.open();
    expect(await dual.status()).toMatchObject({ dirtyKeys: 1 });
    expect(await dual.repair()).toMatchObject({ copied: 0, left: 1 });
    pastLeases(at);
    expect(await dual.repair()).toMatchObject({ copied: 1, left: 0 });
    await expectBoth(at, dual, { a: "1.5 " });
  });

  test.each(PLACES)("no side is written before the mark is durable: %s", async (place) => {
    const at = await bench(place);
    await bring(at.open(), "dual-write");
    const seen: number[] = [];
    const dual = at.open({
      legacy: {
        ...at.options.legacy,
        put: async (records) => {
          seen.push(await at.me.table(dualDirtyKeys).count());
          await at.legacy.put(records);
        },
      },
    });
    await dual.put([quote("a"), quote("b")]);
    // Inside one transaction there is nothing between the writes, so nothing to mark.
    expect(seen).toEqual([place === "rows to rows" ? 0 : 2]);
  });
});

test("25. the order in which writes began is not the order in which they end: none that ends late is passed over", async () => {
  const at = await bench("outside");
  const dual = at.open({ secondaryTimeoutMs: 10_000 });
  await bring(dual, "dual-write");
  at.nextFault.write = "hang";
  const early = dual.put([quote("a")]);
  await expect.poll(() => contents(at.legacy)).toEqual({ a: "1.5 " });
  at.nextFault.write = "none";
  await dual.put([quote("b")]);
  await dual.status();
  expect(await at.open().repair()).toMatchObject({ left: 1 });
  at.nextFault.answer();
  await early;
  await expectBoth(at, dual, { a: "1.5 ", b: "1.5 " });
});

describe("26. a backfill and a live write meet at one key", () => {
  test.each(["this process", "another process"])("the live write of %s stands", async (whose) => {
    const at = await bench("outside");
    const dual = at.open({ secondaryTimeoutMs: 10_000 });
    await dual.put([quote("a", "1")]);
    await dual.advance(ADA);
    at.nextFault.write = "hang";
    const backfill = dual.repair({ keys: "all" });
    await expect.poll(async () => (await dual.status()).dirtyKeys).toBe(1);
    at.nextFault.write = "none";
    const live = (whose === "this process" ? dual : at.open()).put([quote("a", "2")]);
    await sleep(20);
    expect(await contents(at.legacy)).toEqual({ a: "1 " });
    at.nextFault.answer();
    await Promise.all([backfill, live]);
    await expectBoth(at, dual, { a: "2 " });
  });
});

test("27. a write that is on its way while both sides are read is waited for, not judged", async () => {
  const at = await bench("outside");
  const dual = at.open();
  await bring(dual, "dual-write");
  at.legacyFault.write = "hang";
  const slow = at.open().put([quote("a")]);
  await expect.poll(async () => (await dual.status()).dirtyKeys).toBe(1);
  const verified = dual.verify();
  await sleep(20);
  at.legacyFault.answer();
  await slow;
  expect(await verified).toMatchObject({ clean: true });
  await expectBoth(at, dual, { a: "1.5 " });
});

test("28. a record that changes its key is gone under the old one on both sides", async () => {
  const at = await bench("file to rows");
  const dual = at.open();
  await dual.put([quote("old"), quote("b")]);
  await dual.advance(ADA);
  await Promise.all([dual.repair({ keys: "all" }), dual.delete(["old"]), dual.put([quote("new")])]);
  await expectBoth(at, dual, { b: "1.5 ", new: "1.5 " });
});

describe("29. a write that comes late, twice or out of order", () => {
  test("a second write that was given up and lands after a newer one is not taken for the present state", async () => {
    const at = await bench("outside");
    const dual = at.open({ secondaryTimeoutMs: 20 });
    await bring(dual, "dual-write");
    at.nextFault.write = "hang";
    await dual.put([quote("a", "1")]);
    at.nextFault.write = "none";
    // The old write is still on its way: this one must not be called equal, by this process or another.
    await dual.put([quote("a", "2")]);
    await at.open().put([quote("a", "3")]);
    expect(await at.open().repair()).toMatchObject({ copied: 0, left: 1 });
    at.nextFault.answer();
    await dual.settled();
    expect(await contents(at.next)).toEqual({ a: "1 " });
    expect(await dual.repair()).toMatchObject({ copied: 1, left: 0 });
    await expectBoth(at, dual, { a: "3 " });
  });

  test("repairs can be repeated, by several at once", async () => {
    const at = await bench("outside");
    const dual = at.open();
    await bring(dual, "dual-write");
    at.nextFault.write = "refuse";
    await dual.put([quote("a"), quote("b"), quote("c")]);
    await dual.delete(["c"]);
    at.nextFault.write = "none";
    await Promise.all([dual.repair(), at.open().repair(), at.open().repair()]);
    await dual.repair();
    await dual.repair();
    await expectBoth(at, dual, { a: "1.5 ", b: "1.5 " });
  });
});

test("30. clocks that differ between processes, and go back, order nothing", async () => {
  const at = await bench("outside");
  await bring(at.open(), "dual-write");
  const at2100 = at.open({ now: () => new Date("2100-01-01T00:00:00Z") });
  const at1999 = at.open({ now: () => new Date("1999-01-01T00:00:00Z") });
  await at2100.put([quote("a", "1")]);
  await at1999.put([quote("a", "2")]);
  await at2100.put([quote("b", "3")]);
  await at1999.delete(["b"]);
  await expectBoth(at, at.open(), { a: "2 " });
});

test.each(PLACES)("31. a comparison while everything is being written finds no difference: %s", async (place) => {
  const at = await bench(place);
  const [dual, writer] = [at.open({ secondaryTimeoutMs: 30_000 }), at.open({ secondaryTimeoutMs: 30_000 })];
  await bring(dual, "dual-write");
  const writing = new AbortController();
  const stop = writing.signal;
  const load = (async () => {
    for (let turn = 0; !stop.aborted; turn++) {
      await writer.put([quote(`k${turn % 7}`, String(turn)), quote(`k${(turn * 3) % 11}`, String(turn), "x")]);
      if (turn % 5 === 0) await writer.delete([`k${turn % 11}`]);
      await nextTurn();
    }
  })();
  const reports = [await dual.verify(), await dual.verify(), await dual.verify()];
  writing.abort();
  await load;
  expect(reports.map(({ missing, extra, different }) => missing + extra + different)).toEqual([0, 0, 0]);
  expect(await dual.verify()).toMatchObject({ clean: true });
});

describe("32. two spellings of one value", () => {
  test.each([
    ["a float with noise and an exact decimal", "0.30000000000000004", "0.3", sameDecimal({ scale: 8 })],
    ["trailing zeros", "1.50", "1.5", sameDecimal()],
    ["minus zero", "-0", "0.00", sameDecimal()],
    ["an exponent", "1e-8", "0.00000001", sameDecimal()],
    ["a JavaScript number", 1.5, "1.50", sameDecimal()],
    ["half to even", "0.125", "0.12", sameDecimal({ scale: 2 })],
    ["milliseconds and microseconds", "2025-03-01T10:00:00.123Z", "2025-03-01T10:00:00.123000Z", sameInstant()],
    ["a naive time and its zone", "2025-03-01 10:00:00", "2025-03-01T04:30:00Z", sameInstant({ zone: "+05:30" })],
    ["fractions that one side lacks", "2025-03-01T10:00:00Z", "2025-03-01T10:00:00.999999Z", sameInstant({ digits: 0 })],
    ["another order of fields", { a: "1", b: ["2"] }, { b: ["2"], a: "1" }, undefined],
    ["absent and null", undefined, null, undefined],
    ["what nobody compares", "x", "y", ignored],
  ] as const)("%s: equal when it is declared", (_what, a, b, rule) => {
    expect(differingFields({ field: a }, { field: b }, rule === undefined ? {} : { field: rule })).toEqual([]);
  });

  test.each([
    ["noise beyond what was declared", "0.30000000000000004", "0.3", sameDecimal()],
    ["a naive time without a zone", "2025-03-01 10:00:00", "2025-03-01T10:00:00Z", sameInstant()],
    ["digits beyond 2^53", "9007199254740993", "9007199254740992", sameDecimal()],
    ["trailing zeros of a text", "1.50", "1.5", undefined],
    ["zero and null", "0", null, sameDecimal()],
    ["empty and null", "", null, undefined],
    ["NaN and null", Number.NaN, null, undefined],
    ["text and number", "1", 1, undefined],
  ] as const)("%s: different", (_what, a, b, rule) => {
    expect(differingFields({ field: a }, { field: b }, rule === undefined ? {} : { field: rule })).toEqual(["field"]);
  });
});

describe("33. what a repair by copying alone would leave", () => {
  test.each(PLACES)("records that the primary does not have are removed: %s", async (place) => {
    const at = await bench(place);
    const dual = at.open();
    await dual.put([quote("a")]);
    await at.next.put([quote("a"), quote("extra"), quote("z")]);
    await dual.advance(ADA);
    expect(await dual.repair({ keys: "all" })).toMatchObject({ deleted: 2, left: 0 });
    await expectBoth(at, dual, { a: "1.5 " });
  });

  test("two records whose contents were exchanged are both found", async () => {
    const at = await bench("outside");
    const dual = at.open();
    await bring(dual, "dual-write");
    await at.legacy.put([quote("a", "1"), quote("b", "2")]);
    await at.next.put([quote("a", "2"), quote("b", "1")]);
    expect(await dual.verify()).toMatchObject({ different: 2 });
  });
});

describe("34. a cutover with work left, or that would hold writers up", () => {
  test("is refused while a key is dirty", async () => {
    const at = await bench("outside");
    const dual = at.open();
    await bring(dual, "validate");
    await dual.verify();
    at.nextFault.write = "refuse";
    await dual.put([quote("a")]);
    await expect(dual.advance(ADA)).rejects.toMatchObject({ code: "gates-not-met", facts: { missing: ["dirty-keys"] } });
    expect(await dual.status()).toMatchObject({ phase: "validate" });
  });

  test("gives up on a write that does not end, and the old side goes on", async () => {
    const at = await bench("outside");
    const dual = at.open({ switchMs: 50, waitMs: 5000 });
    await bring(dual, "validate");
    await dual.verify();
    at.legacyFault.write = "hang";
    const slow = dual.put([quote("a")]);
    await expect.poll(async () => (await dual.status()).dirtyKeys).toBe(1);
    const switching = dual.advance(ADA);
    const meanwhile = dual.put([quote("b")]);
    await expect(switching).rejects.toMatchObject({ code: "gates-not-met", facts: { missing: ["dirty-keys"] } });
    at.legacyFault.answer();
    await expect.poll(() => at.events.length).toBeGreaterThan(1);
    at.legacyFault.write = "none";
    at.legacyFault.answer();
    await Promise.all([slow, meanwhile]);
    expect(await dual.status()).toMatchObject({ phase: "validate", dirtyKeys: 0 });
    await dual.advance(ADA);
    await expectBoth(at, dual, { a: "1.5 ", b: "1.5 " });
  });

  test("lets writers go when the switching process has died", async () => {
    const at = await bench("outside");
    const dual = at.open({ switchMs: 100, waitMs: 5000 });
    await bring(dual, "dual-write");
    await at.me.table(dualWrites).update({ name: at.options.name }, { fencedUntil: at.clock.now + 200 });
    const write = dual.put([quote("a")]);
    await sleep(30);
    expect(await contents(at.legacy)).toEqual({});
    at.clock.now += 300;
    await write;
    await expectBoth(at, dual, { a: "1.5 " });
  });
});

test.each(PLACES)("35. writes accepted while phases change are all on both sides: %s", async (place) => {
  const at = await bench(place);
  const unhurried = { secondaryTimeoutMs: 30_000 };
  const [dual, ...writers] = [at.open(unhurried), at.open(unhurried), at.open(unhurried)];
  await bring(dual, "dual-write");
  const acknowledged = new Map<string, string>();
  const writing = new AbortController();
  const stop = writing.signal;
  const loads = writers.map(async (writer, who) => {
    for (let turn = 0; !stop.aborted; turn++) {
      const one = quote(`w${who}-${turn % 10}`, String(turn));
      await writer.put([one]);
      acknowledged.set(one.key, `${turn} `);
      await nextTurn();
    }
  });
  for (const way of ["advance", "advance", "rollback", "advance", "advance", "rollback"] as const) {
    await dual.repair();
    await dual.verify();
    await dual[way](ADA);
    await sleep(10);
  }
  writing.abort();
  await Promise.all(loads);
  await expectBoth(at, dual, Object.fromEntries(acknowledged));
});

describe("36. a rollback after writes that the old side missed", () => {
  test("brings them over first", async () => {
    const at = await bench("file to rows");
    const dual = at.open();
    await bring(dual, "cutover");
    at.legacyFault.write = "refuse";
    await dual.put([quote("a"), quote("b")]);
    await dual.delete(["b"]);
    at.legacyFault.write = "none";
    expect(await dual.rollback(ADA)).toMatchObject({ phase: "dual-write", dirtyKeys: 0 });
    await expectBoth(at, dual, { a: "1.5 " });
  });

  test("is refused while it cannot, and nothing is lost", async () => {
    const at = await bench("file to rows");
    const dual = at.open();
    await bring(dual, "cutover");
    at.legacyFault.write = "refuse";
    await dual.put([quote("a")]);
    await expect(dual.rollback(ADA)).rejects.toMatchObject({ code: "gates-not-met", facts: { missing: ["dirty-keys"] } });
    expect(await dual.get("a")).toEqual(await at.next.get("a"));
    expect(await dual.status()).toMatchObject({ phase: "cutover", dirtyKeys: 1 });
  });
});

describe("a process that was stopped in the middle of a write and wakes up after others took its keys over", () => {
  test("cannot leave the sides apart: its keys are dirty again", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    const stopped = at.open({ secondaryTimeoutMs: 10_000 });
    at.nextFault.write = "hang";
    const late = stopped.put([quote("a", "1")]);
    await expect.poll(() => contents(at.legacy)).toEqual({ a: "1 " });
    at.nextFault.write = "none";
    pastLeases(at);
    const dual = at.open();
    await dual.put([quote("a", "2")]);
    expect(await contents(at.next)).toEqual({ a: "2 " });
    at.nextFault.answer();
    await late;
    await stopped.settled();
    // Its second write has landed on the newer one.
    expect(await contents(at.next)).toEqual({ a: "1 " });
    expect(at.events.some(({ kind }) => kind === "superseded")).toBe(true);
    expect(await dual.status()).toMatchObject({ dirtyKeys: 1 });
    await dual.repair();
    await expectBoth(at, dual, { a: "2 " });
  });

  test("nor while somebody else is writing the same key just then", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    const stopped = at.open();
    at.nextFault.write = "hang";
    const late = stopped.put([quote("a", "1")]);
    await expect.poll(() => contents(at.legacy)).toEqual({ a: "1 " });
    at.nextFault.write = "none";
    pastLeases(at);
    const dual = at.open();
    at.legacyFault.write = "hang";
    const other = dual.put([quote("a", "2")]);
    await expect.poll(() => at.legacyFault.held()).toBe(1);
    at.nextFault.answer();
    await late;
    await stopped.settled();
    at.legacyFault.answer();
    await other;
    // Whichever second write came last: this time nobody may call the key equal.
    expect(await dual.status()).toMatchObject({ dirtyKeys: 1 });
    await dual.repair();
    await expectBoth(at, dual, { a: "2 " });
  });

  test("nor when its own clock does not tell it", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    const behind = at.open({ secondaryTimeoutMs: 10_000 });
    at.nextFault.write = "hang";
    const late = behind.put([quote("a", "1")]);
    await expect.poll(() => contents(at.legacy)).toEqual({ a: "1 " });
    at.nextFault.write = "none";
    const now = at.clock.now;
    const ahead = at.open({ now: () => new Date(now + 3_600_000) });
    await ahead.put([quote("a", "2")]);
    at.nextFault.answer();
    await late;
    await behind.settled();
    expect(await contents(at.next)).toEqual({ a: "1 " });
    expect(await ahead.status()).toMatchObject({ dirtyKeys: 1 });
    await ahead.repair();
    await expectBoth(at, ahead, { a: "2 " });
  });

  test("writes nothing to a side in the control's database: that write is taken back", async () => {
    const at = await bench("file to rows");
    await bring(at.open(), "dual-write");
    const stopped = at.open();
    at.legacyFault.write = "hang";
    const late = stopped.put([quote("a", "1")]);
    await expect.poll(async () => (await stopped.status()).dirtyKeys).toBe(1);
    at.legacyFault.write = "none";
    pastLeases(at);
    const dual = at.open();
    await dual.put([quote("a", "2")]);
    at.legacyFault.answer();
    await late;
    expect(await contents(at.next)).toEqual({ a: "2 " });
    expect(await contents(at.legacy)).toEqual({ a: "1 " });
    await dual.repair();
    await expectBoth(at, dual, { a: "1 " });
  });
});

describe("a process that stood still while others went on to another phase", () => {
  /** A write that stops in front of the old side; others take its key over and go on to the cutover; then it goes on. */
  async function wokenAfterCutover(place: "outside" | "file to rows"): Promise<{ at: Bench; error: unknown }> {
    const at = await bench(place);
    await bring(at.open(), "dual-write");
    await at.open().put([quote("a", "1")]);
    at.legacyFault.write = "hang";
    const late = at
      .open()
      .put([quote("a", "2")])
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    await expect.poll(() => at.legacyFault.held()).toBe(1);
    at.legacyFault.write = "none";
    pastLeases(at);
    await bring(at.open(), "cutover");
    await at.open().put([quote("a", "3")]);
    at.legacyFault.answer();
    return { at, error: await late };
  }

  test.each(["outside", "file to rows"] as const)(
    "is not told that its write stands, and what is newer is not overwritten: %s",
    async (place) => {
      const { at, error } = await wokenAfterCutover(place);
      expect(error).toMatchObject({ code: "superseded", facts: { phase: "dual-write", now: "cutover" } });
      const dual = at.open();
      expect(await dual.get("a")).toEqual(quote("a", "3").value);
      await dual.repair();
      await expectBoth(at, dual, { a: "3 " });
    },
  );

  test("nor in the phase with one side", async () => {
    const at = await bench("outside");
    at.legacyFault.write = "hang";
    const late = at.open().put([quote("a", "1")]);
    await expect.poll(() => at.legacyFault.held()).toBe(1);
    at.legacyFault.write = "none";
    pastLeases(at);
    const dual = at.open();
    await dual.repair();
    await bring(dual, "cutover");
    at.legacyFault.answer();
    await expect(late).rejects.toMatchObject({ code: "superseded" });
    expect(await dual.get("a")).toBeUndefined();
    await dual.repair();
    await expectBoth(at, dual, {});
  });

  test("is told that its write stands when the primary is the same: it was made there", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    at.legacyFault.write = "hang";
    const late = at.open().put([quote("a", "1")]);
    await expect.poll(() => at.legacyFault.held()).toBe(1);
    at.legacyFault.write = "none";
    pastLeases(at);
    const dual = at.open();
    await bring(dual, "validate");
    at.legacyFault.answer();
    await late;
    expect(await contents(at.next)).toEqual({});
    expect(await dual.status()).toMatchObject({ dirtyKeys: 1 });
    await dual.repair();
    await expectBoth(at, dual, { a: "1 " });
  });
});

describe("a second write that was given up and may still land", () => {
  const lease = 60;

  /** One that hangs for longer than any lease, in a process that lives. */
  async function hanging(): Promise<{ at: Bench; dual: DualWrite<Quote>; other: DualWrite<Quote> }> {
    const at = await bench("outside");
    const real = { now: () => new Date(), leaseMs: lease, secondaryTimeoutMs: 20, switchMs: 20 };
    const [dual, other] = [at.open(real), at.open(real)];
    await bring(dual, "dual-write");
    at.nextFault.write = "hang";
    await dual.put([quote("a", "1")]);
    at.nextFault.write = "none";
    await sleep(4 * lease);
    return { at, dual, other };
  }

  test("holds its key dirty beyond its lease, and the switch with it", async () => {
    const { at, dual, other } = await hanging();
    await other.put([quote("a", "2")]);
    expect(await other.repair()).toMatchObject({ copied: 0, left: 1 });
    expect(await other.verify()).toMatchObject({ dirty: 1, clean: false });
    await expect(other.advance(ADA)).rejects.toMatchObject({
      code: "gates-not-met",
      facts: { missing: ["dirty-keys", "clean-verifications"] },
    });
    at.nextFault.answer();
    await dual.settled();
    expect(await contents(at.next)).toEqual({ a: "1 " });
    expect(await other.repair()).toMatchObject({ copied: 1, left: 0 });
    await expectBoth(at, other, { a: "2 " });
  });

  test("leaves its key dirty when it lands after it was taken for lost", async () => {
    const { at, dual, other } = await hanging();
    // As if its process had stood still for longer than a lease: others have repaired the key.
    await at.me.table(dualDirtyKeys).delete({ name: dual.name, key: "a" });
    await at.next.put([quote("a", "2")]);
    at.nextFault.answer();
    await dual.settled();
    expect(await contents(at.next)).toEqual({ a: "1 " });
    expect(at.events.some(({ kind }) => kind === "superseded")).toBe(true);
    expect(await other.status()).toMatchObject({ dirtyKeys: 1 });
  });
});

describe("a second side that never answers", () => {
  const quick = { secondaryTimeoutMs: 20, switchMs: 50 } as const;

  test("holds no control up: its own switch is refused, and the way back is open", async () => {
    const at = await bench("outside");
    const dual = at.open(quick);
    await bring(dual, "dual-write");
    at.nextFault.write = "hang";
    await dual.put([quote("a")]);
    await dual.settled();
    expect(await dual.verify()).toMatchObject({ dirty: 1 });
    await expect(dual.advance(ADA)).rejects.toMatchObject({ code: "gates-not-met" });
    expect(await dual.rollback(ADA)).toMatchObject({ phase: "legacy" });
    at.nextFault.answer();
  });

  test.each(["a verification", "a compared read"])("holds no write up while %s reads it", async (what) => {
    const at = await bench("outside");
    // The compared read itself is answered; the look that follows, with the key held, is not.
    let answers = Number.POSITIVE_INFINITY;
    const get = (key: string) => (answers-- > 0 ? at.next.get(key) : new Promise<undefined>(() => undefined));
    const dual = at.open({ ...quick, next: { ...at.options.next, get } });
    await dual.put([quote("a", "1")]);
    await bring(dual, "validate");
    await at.next.put([quote("a", "9")]);
    answers = what === "a verification" ? 0 : 1;
    const looked = what === "a verification" ? dual.verify() : dual.get("a");
    const outcome = looked.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await sleep(5);
    await dual.put([quote("a", "2")]);
    expect((await outcome) instanceof MigrateError).toBe(what === "a verification");
    expect(await contents(at.legacy)).toEqual({ a: "2 " });
  });

  test("holds no report of a change of phase up", async () => {
    const at = await bench("outside");
    await bring(at.open(), "dual-write");
    const scan = async function* (): AsyncGenerator<readonly never[]> {
      yield await new Promise<readonly never[]>(() => undefined);
    };
    const dual = at.open({ secondaryTimeoutMs: 5, reports: folder(), next: { ...at.options.next, scan } });
    expect(await dual.rollback(ADA)).toMatchObject({ phase: "legacy" });
    expect((await dual.report()).markdown).toContain("no answer within");
  });
});

describe("what the gates know", () => {
  test("a difference that another process has found", async () => {
    const at = await bench("outside");
    const [operator, worker] = [at.open(), at.open()];
    await operator.put([quote("a", "1")]);
    await bring(operator, "validate");
    await at.next.put([quote("a", "9")]);
    await worker.get("a");
    await expect.poll(async () => (await operator.status()).readDifferences).toBe(1);
  });

  test("that too few reads were compared, where that is asked for", async () => {
    const at = await bench("outside");
    const dual = at.open({ gates: { cleanVerifications: 0, comparedReads: 2 } });
    await dual.put([quote("a", "1")]);
    await bring(dual, "validate");
    await dual.get("a");
    await expect(dual.advance(ADA)).rejects.toMatchObject({ facts: { missing: ["compared-reads"] } });
    await dual.get("a");
    expect(await dual.advance(ADA)).toMatchObject({ phase: "cutover" });
  });

  test("the writes that were not tried because the second side rested", async () => {
    const at = await bench("outside");
    const dual = at.open({ gates: { cleanVerifications: 0, errorBudget: 0.5 } });
    await bring(dual, "dual-write");
    at.nextFault.write = "refuse";
    for (let turn = 0; turn < 10; turn++) await dual.put([quote(`k${turn}`)]);
    expect(await dual.status()).toMatchObject({ writes: 10, failedWrites: 10 });
    at.nextFault.write = "none";
    await dual.repair();
    await expect(dual.advance(ADA)).rejects.toMatchObject({ facts: { missing: ["error-budget"] } });
  });

  test("no blank signature, and no limit that is none", async () => {
    const at = await bench("outside");
    const dual = at.open({ gates: { cleanVerifications: 0, rejects: async () => 5 } });
    await bring(dual, "dual-write");
    await expect(dual.advance({ ...ADA, signOff: " " })).rejects.toMatchObject({ code: "invalid-option" });
    for (const limit of [-1, Number.NaN, 0.5, 100_001])
      await expect(dual.verify({ limit })).rejects.toMatchObject({ code: "invalid-option" });
    expect(await dual.advance({ ...ADA, signOff: "five of a test account" })).toMatchObject({ phase: "validate" });
  });
});

describe.each(KINDS)("a batch of which a side in the control's database on %s refuses one record", (kind) => {
  test("is on neither side when that side is the primary", async () => {
    const at = await bench("rows to rows", kind);
    const dual = at.open({ legacy: rowStore(at.me, oldQuotes, "13"), next: at.next });
    await bring(dual, "dual-write");
    await expect(dual.put([quote("a", "1"), quote("b", "13")])).rejects.toMatchObject({ code: "record-refused" });
    await expectBoth(at, dual, {});
  });

  test("is on the primary alone when it is the other one", async () => {
    const at = await bench("rows to rows", kind);
    const dual = at.open({ legacy: at.legacy, next: rowStore(at.me, quotes, "13") });
    await bring(dual, "dual-write");
    await dual.put([quote("a", "1"), quote("b", "13")]);
    expect([await contents(at.legacy), await contents(at.next)]).toEqual([{ a: "1 ", b: "13 " }, {}]);
    expect(await dual.status()).toMatchObject({ dirtyKeys: 2, failedWrites: 1 });
  });
});

test("a listener that throws fails neither a write nor a switch", async () => {
  const at = await bench("outside");
  const onEvent = (): never => {
    throw new Error("metrics down");
  };
  const dual = at.open({ onEvent });
  expect(await dual.advance(ADA)).toMatchObject({ phase: "dual-write" });
  await dual.put([quote("a")]);
  await expectBoth(at, dual, { a: "1.5 " });
});

describe.each(PLACES)("what was planted is found: %s", (place) => {
  test.each([
    ["a lost write", async ({ next }: Bench) => next.delete(["b"]), { key: "b", kind: "missing", fields: [] }],
    ["a record of nobody", async ({ next }: Bench) => next.put([quote("x")]), { key: "x", kind: "extra", fields: [] }],
    [
      "a stale overwrite",
      async ({ next }: Bench) => next.put([quote("b", "1", "old")]),
      { key: "b", kind: "different", fields: ["note", "price"] },
    ],
    ["a wrong field", async ({ next }: Bench) => next.put([quote("c", "3", "no")]), { key: "c", kind: "different", fields: ["note"] }],
  ] as const)("%s", async (_what, plant, divergence) => {
    const at = await bench(place);
    const dual = at.open();
    await dual.put([quote("a", "1"), quote("b", "2"), quote("c", "3")]);
    await bring(dual, "validate");
    await dual.verify();
    await plant(at);
    expect(await dual.verify()).toMatchObject({ clean: false, divergences: [divergence], dirty: 0 });
    // Neither may the phase go on, nor is it forgotten.
    await expect(dual.advance(ADA)).rejects.toMatchObject({
      code: "gates-not-met",
      facts: { missing: ["dirty-keys", "clean-verifications"] },
    });
    expect(await dual.repair()).toMatchObject({
      copied: divergence.kind === "extra" ? 0 : 1,
      deleted: divergence.kind === "extra" ? 1 : 0,
    });
    await expectBoth(at, dual, { a: "1 ", b: "2 ", c: "3 " });
  });
});

test("a read that differs in validate is answered by the primary, counted and repaired", async () => {
  const at = await bench("outside");
  const dual = at.open();
  await dual.put([quote("a", "1")]);
  await bring(dual, "validate");
  await at.next.put([quote("a", "9")]);
  expect(await dual.get("a")).toEqual(quote("a", "1").value);
  await dual.settled();
  at.nextFault.read = "refuse";
  expect(await dual.get("a")).toEqual(quote("a", "1").value);
  await dual.settled();
  // A read that the other side does not answer is one that its reader would not have got.
  expect(await dual.status()).toMatchObject({ comparedReads: 2, readDifferences: 2, dirtyKeys: 1 });
  expect(at.events).toContainEqual({ kind: "read-difference", key: "a", fields: ["price"] });
  expect(at.events).toContainEqual({ kind: "read-failed", key: "a", error: new Error("connection refused") });
  at.nextFault.read = "none";
  await dual.repair();
  await dual.verify();
  await expect(dual.advance(ADA)).rejects.toMatchObject({ facts: { missing: ["read-differences"] } });
});

test("the more keys are dirty, the longer a write waits, and none fails", async () => {
  const at = await bench("outside");
  const dual = at.open({ maxDirty: 3, maxDelayMs: 8 });
  await bring(dual, "dual-write");
  at.nextFault.write = "refuse";
  for (let turn = 0; turn < 8; turn++) await dual.put([quote(`k${turn}`)]);
  const delays = at.events.filter((event) => event.kind === "pressure").map(({ delayMs }) => delayMs);
  expect(delays.length).toBeGreaterThan(3);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
  expect(Math.max(...delays)).toBeLessThanOrEqual(8);
  // After three failures in a row the second side is left alone for a while.
  expect(at.events.filter(({ kind }) => kind === "secondary-failed")).toHaveLength(3);
  expect(Object.keys(await contents(at.legacy))).toHaveLength(8);
  at.nextFault.write = "none";
  await dual.repair();
  await dual.put([quote("after")]);
  expect(Object.keys(await contents(at.next))).toHaveLength(9);
});
