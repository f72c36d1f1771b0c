// The way back of a migration: its own `down`, or the reverse of each step, last first.
import type { Migration, MigrationStep } from "@td/storage";
import { unfilled } from "@td/storage/internal";

/** The steps that undo a migration; `undefined` when nothing does. */
export function undoSteps({ up, down }: Migration): readonly MigrationStep[] | undefined {
  if (down === "none") return undefined;
  if (down !== undefined) return down;
  const steps = [...up].reverse().map(reverse);
  return steps.some((step) => step === undefined) ? undefined : steps.flatMap((step) => step ?? []);
}

function reverse(step: MigrationStep): MigrationStep | undefined {
  switch (step.kind) {
    case "create-table":
      return { ...step, kind: "drop-table" };
    case "drop-table":
      return { ...step, kind: "create-table" };
    case "add-column":
      return { ...step, kind: "drop-column" };
    case "drop-column":
      return { ...step, kind: "add-column" };
    case "create-index":
      return { ...step, kind: "drop-index" };
    case "drop-index":
      return { ...step, kind: "create-index" };
    case "rebuild-table":
      return reverseRebuild(step);
    case "sql":
      return reverseSql(step);
  }
}

function reverseSql(step: Extract<MigrationStep, { kind: "sql" }>): MigrationStep | undefined {
  const { does, up, down, destroys, destroysBack } = step;
  return down === undefined
    ? undefined
    : { ...step, does: `undo: ${does}`, up: down, down: up, destroys: destroysBack, destroysBack: destroys };
}

// A column that comes back has its values in a history table; one whose values changed needs an expression of its own as well.
function reverseRebuild(step: Extract<MigrationStep, { kind: "rebuild-table" }>): MigrationStep | undefined {
  const lacking = unfilled(step.after, step.before).filter(
    (name) => step.after.columns[name] !== undefined && step.back[name] === undefined,
  );
  const narrows = lacking.some((name) => step.before.columns[name]?.definition.kind !== "oneOf");
  return narrows ? undefined : { ...step, before: step.after, after: step.before, fill: step.back, back: step.fill };
}
