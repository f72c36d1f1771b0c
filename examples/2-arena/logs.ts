// The entries of `botLogs` as decisions, and back. They have no id: bot and time are the identity.
import { z } from "zod";
import type { DecisionFact, More } from "./facts.ts";
import { leftOver } from "./left-over.ts";
import { rawNumber } from "./raw-number.ts";
import { instantOf, msOf, msText } from "./times.ts";

/** An entry of `botLogs`. */
export const logSchema = z.looseObject({
  timestamp: msText(),
  decisions: z.array(z.looseObject({ action: z.string() })),
  prompt: z.string(),
  notes: z.array(z.string()).nullish(),
});

/** An entry, checked. */
export type Log = z.infer<typeof logSchema>;

/** A failure of the model is visible only as a note that begins so. */
const FAILURE = "⚠️ API ERROR: ";

/** The decision of an entry. */
export function decisionOf(log: Log): DecisionFact {
  const { timestamp, decisions, prompt, notes = null } = log;
  const failure = notes?.find((note) => note.startsWith(FAILURE));
  return {
    kind: "decision",
    at: instantOf(timestamp),
    prompt,
    decisions,
    notes,
    succeeded: failure === undefined,
    error: failure?.slice(FAILURE.length) ?? null,
    attributes: leftOver(log, ["timestamp", "decisions", "prompt", "notes"]),
  };
}

/** The entry of a decision; numbers are numbers. */
export function logOf({ at, decisions, prompt, notes, attributes }: DecisionFact): Readonly<Record<string, unknown>> {
  const entry = { timestamp: rawNumber(msOf(at)), decisions: decisions.map(withNumbers), prompt };
  return { ...entry, ...(notes !== null && { notes }), ...attributes };
}

/** Fields of a decision that are numbers; the parameters of a tool may hold some, too. */
const NUMBERS = new Set(["size", "leverage", "stopLoss", "takeProfit"]);

function withNumbers(decision: More): More {
  return Object.fromEntries(
    Object.entries(decision).map(([name, value]) => [
      name,
      NUMBERS.has(name) ? rawNumber(value) : name === "parameters" && isObject(value) ? mapValues(value, rawNumber) : value,
    ]),
  );
}

function isObject(value: unknown): value is More {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(values: More, change: (value: unknown) => unknown): More {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

/** The key of an entry among its bot's. */
export function logKey(log: More): string {
  const time = log["timestamp"];
  return typeof time === "string" && time !== "" ? time : "(no time)";
}
