// Any interleaving of writes, failures, crashes, switches and repairs: what is read is what one plain store would hold.
import fc from "fast-check";
import type { DualWrite, Phase } from "@td/migrate";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ADA, bench, bring, contents, PLACES, type Bench, type Place } from "./dual-workbench.ts";
import { TABLES } from "./dual-tables.ts";
import { quote, type Quote } from "./store-conformance.ts";
import { depth, userOn } from "./workbench.ts";

/** What one store would hold, and what is known of the migration. */
interface Model {
  readonly records: Map<string, string>;
  phase: Phase;
}

/** The migration, and the process that uses it at the moment. */
interface Real {
  readonly at: Bench;
  readonly place: Place;
  dual: DualWrite<Quote>;
}

type Command = fc.AsyncCommand<Model, Real>;
const PRIMARY: Readonly<Record<Phase, "legacy" | "next">> = {
  legacy: "legacy",
  "dual-write": "legacy",
  validate: "legacy",
  cutover: "next",
  archived: "next",
};
const faultOf = ({ at }: Real, side: "legacy" | "next") => (side === "legacy" ? at.legacyFault : at.nextFault);

/** A command that is always allowed. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

type Step = { readonly put: readonly (readonly [string, string])[] } | { readonly delete: readonly string[] };

function applied(model: Model, step: Step): void {
  if ("delete" in step) for (const key of step.delete) model.records.delete(key);
  else for (const [key, price] of step.put) model.records.set(key, `${price} `);
}

function asked(dual: DualWrite<Quote>, step: Step): Promise<void> {
  return "delete" in step ? dual.delete(step.delete) : dual.put(step.put.map(([key, price]) => quote(key, price)));
}

const key = fc.constantFrom("a", "b", "c", "d");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(fc.tuple(key, fc.integer({ min: 1, max: 99 }).map(String)), { minLength: 1, maxLength: 3 }).map((put) => ({ put })),
  },
  { weight: 1, arbitrary: fc.array(key, { minLength: 1, maxLength: 2 }).map((keys) => ({ delete: keys })) },
);
const side = fc.constantFrom<"legacy" | "next">("legacy", "next");

const write = step.map((what) =>
  command(`write ${JSON.stringify(what)}`, async (model, real) => {
    const how = faultOf(real, PRIMARY[model.phase]).write;
    const error = await asked(real.dual, what).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error === undefined).toBe(how === "none");
    // A primary that failed after it wrote has written, unless its write was part of a transaction that was rolled back.
    const inside = real.place === "rows to rows" || (real.place === "file to rows" && PRIMARY[model.phase] === "next");
    if (how === "none" || (how === "fail-after" && !inside)) applied(model, what);
  }),
);

const breaks = fc.tuple(side, fc.constantFrom<"none" | "refuse" | "fail-after">("none", "refuse", "fail-after")).map(([which, how]) =>
  command(`${which} ${how}`, async (_model, real) => {
    faultOf(real, which).write = how;
  }),
);

/** The process ends while a side outside the control's database holds its write up, before that side has it. */
const crash = fc.tuple(side, step).map(([which, what]) =>
  command(`crash at ${which} of ${JSON.stringify(what)}`, async (model, real) => {
    const isOutside = real.place === "outside" || (real.place === "file to rows" && which === "legacy");
    const written = model.phase === "archived" ? ["next"] : model.phase === "legacy" ? ["legacy"] : ["legacy", "next"];
    const primary = PRIMARY[model.phase];
    if (!isOutside || !written.includes(which) || (which !== primary && faultOf(real, primary).write !== "none")) return;
    const fault = faultOf(real, which);
    const before = fault.write;
    fault.write = "hang";
    const reached = fault.held();
    void asked(real.dual, what).catch(() => undefined);
    // The second side may be resting, and a write to it would then come back at once.
    for (let turn = 0; turn < 40 && fault.held() === reached; turn++) await sleep(1);
    fault.drop();
    fault.write = before;
    if (which !== primary) applied(model, what);
    real.at.clock.now += 60_000;
    real.dual = real.at.open();
  }),
);

const time = fc.nat(40_000).map((ms) =>
  command(`${ms} ms pass`, async (_model, real) => {
    real.at.clock.now += ms;
  }),
);

const read = key.map((which) =>
  command(`read ${which}`, async (model, real) => {
    const value = await real.dual.get(which);
    expect(value === undefined ? undefined : `${value.price} `).toBe(model.records.get(which));
  }),
);

const scan = fc.constant(
  command("scan", async (model, real) => {
    expect(await contents(real.dual)).toEqual(Object.fromEntries(model.records));
  }),
);

const on = fc.constant(
  command("advance", async (model, real) => {
    try {
      model.phase = (await real.dual.advance(ADA)).phase;
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(gates-not-met|phase-wrong)$/) });
    }
  }),
);

const back = fc.constant(
  command("rollback", async (model, real) => {
    try {
      model.phase = (await real.dual.rollback(ADA)).phase;
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(gates-not-met|phase-wrong)$/) });
    }
  }),
);

const care = fc.constantFrom("repair", "repair all", "verify", "pause", "resume", "another process").map((what) =>
  command(what, async (model, real) => {
    const { dual, at } = real;
    const both = model.phase !== "legacy" && model.phase !== "archived";
    if (what === "repair") await dual.repair();
    else if (what === "repair all" && both) await dual.repair({ keys: "all" });
    else if (what === "verify" && model.phase !== "archived") await dual.verify();
    else if (what === "pause") await dual.pause(ADA);
    else if (what === "resume") await dual.resume(ADA);
    else if (what === "another process") real.dual = at.open();
  }),
);

const commands = fc.commands([write, write, write, breaks, crash, time, read, scan, on, on, back, care, care, care], { maxCommands: 60 });

test.each(PLACES)("reads in every phase are those of the model, and in the end both sides are: %s", async (place) => {
  const me = await userOn("sqlite", TABLES);
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const at = await bench(place, "sqlite", me);
      for (const store of [at.legacy, at.next]) await store.delete(["a", "b", "c", "d"]);
      const real: Real = { at, place, dual: at.open() };
      const model: Model = { records: new Map(), phase: "legacy" };
      await fc.asyncModelRun(() => ({ model, real }), steps);
      await inTheEnd(real, model);
    }),
    { numRuns: depth(25, 1500), interruptAfterTimeLimit: depth(20_000, 800_000) },
  );
});

async function inTheEnd(real: Real, model: Model): Promise<void> {
  const { at } = real;
  for (const fault of [at.legacyFault, at.nextFault]) fault.write = "none";
  at.clock.now += 120_000;
  const dual = at.open();
  await dual.resume(ADA);
  await dual.repair();
  if (model.phase === "legacy") await bring(dual, "dual-write");
  const expected = Object.fromEntries(model.records);
  // In the archive the old side is history.
  const both = model.phase !== "archived";
  if (both) await dual.repair({ keys: "all" });
  const found = both ? await dual.verify() : { clean: true, keys: model.records.size };
  expect(found).toMatchObject({ clean: true, keys: model.records.size });
  expect([await contents(both ? at.legacy : at.next), await contents(at.next)]).toEqual([expected, expected]);
}
