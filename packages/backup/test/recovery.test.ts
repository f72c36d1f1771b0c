// The state machine of a restore, walked through every order of crashes: the tree is wholly old or wholly new, and recovery is idempotent.
import fc from "fast-check";
import { expect, test } from "vitest";
import { recoveryOf, undoMoves, type RestoreStep, type TreesOnDisk } from "../src/core/recovery.ts";

interface Model {
  step: RestoreStep | "none";
  hadLive: boolean;
  live: "old" | "new" | "none";
  previous: "old" | "none";
  staged: "new" | "none";
}

const onDisk = (model: Model): TreesOnDisk => ({
  live: model.live !== "none",
  previous: model.previous !== "none",
  staged: model.staged !== "none",
});

// The forward path, one durable change a line.
const FORWARD: readonly ((model: Model) => void)[] = [
  (model) => (model.step = "stage"),
  (model) => (model.staged = "new"),
  (model) => (model.step = "swap"),
  (model) => {
    if (!model.hadLive) return;
    model.previous = "old";
    model.live = "none";
  },
  (model) => {
    model.live = "new";
    model.staged = "none";
  },
  (model) => (model.step = "start"),
  (model) => (model.step = "none"),
];

// One durable change of recovery; whether there was one left.
function recoverStep(model: Model, healthy: boolean): boolean {
  if (model.step === "none") return false;
  const way = recoveryOf(model.step, model.hadLive, onDisk(model));
  if (way === "forget") {
    if (model.staged === "none") model.step = "none";
    model.staged = "none";
  } else if (way === "finish" && healthy) model.step = "none";
  else if (way === "finish") model.step = "undo";
  else undoStep(model);
  return true;
}

function undoStep(model: Model): void {
  const [move] = undoMoves(model.hadLive, onDisk(model));
  if (move === "live-to-failed") model.live = "none";
  else if (move === "previous-to-live") Object.assign(model, { live: model.previous, previous: "none" });
  else if (model.staged !== "none") model.staged = "none";
  else model.step = "none";
}

test("after any crash and any crashes of the recovery, the tree is wholly old or wholly new", () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.nat(FORWARD.length),
      fc.array(fc.nat(4), { maxLength: 6 }),
      fc.boolean(),
      (hadLive, crash, crashes, healthy) => {
        const model: Model = { step: "none", hadLive, live: hadLive ? "old" : "none", previous: "none", staged: "none" };
        for (const change of FORWARD.slice(0, crash)) change(model);
        for (const steps of crashes) for (let step = 0; step < steps; step++) recoverStep(model, healthy);
        for (let step = 0; recoverStep(model, healthy); step++) expect(step).toBeLessThan(20);
        const done = crash === FORWARD.length || (healthy && crash === FORWARD.length - 1);
        expect(model).toEqual({
          step: "none",
          hadLive,
          live: done ? "new" : hadLive ? "old" : "none",
          previous: done && hadLive ? "old" : "none",
          staged: "none",
        });
      },
    ),
    { numRuns: 2000 },
  );
});

test("a tree that the application made in the gap between the renames is kept aside and does not stop the way back", () => {
  expect(undoMoves(true, { live: true, previous: true, staged: true })).toEqual(["live-to-failed", "previous-to-live"]);
});

test("a way back that began without a word in the journal goes to its end", () => {
  expect(recoveryOf("start", true, { live: false, previous: true, staged: false })).toBe("undo");
  expect(recoveryOf("start", true, { live: true, previous: false, staged: false })).toBe("undo");
});
