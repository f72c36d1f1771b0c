// Path expressions into a JSON document: which of its values are the records, and which values around them the records need too.

/** One step down into a document. */
export type PathStep =
  | { readonly kind: "key"; readonly name: string }
  | { readonly kind: "index"; readonly at: number }
  | { readonly kind: "elements" }
  | { readonly kind: "members" };

/** A path expression, read. */
export interface JsonPath {
  /** As it was given. */
  readonly text: string;
  /** The steps from the top. */
  readonly steps: readonly PathStep[];
  /** Whether the key (or index) under which the value stands is meant instead of the value: a `~` at the end. */
  readonly ofKey: boolean;
}

const STEP = /^(?:\.?(\*)|\.?([\p{L}\p{N}_$-]+)|\[(\*)\]|\[(\d{1,15})\]|\[("(?:[^"\\]|\\.)*")\])/u;

/**
 * Reads a path expression: `bots[*].orders[*]`, `trades[*]`, `holdings.*`, `[*]`, `["a.b"][0]`, `$` for the document itself. `[*]` is each element of a
 * list, `.*` each value of an object. What is wrong with it, as a text, when it is none.
 */
export function readJsonPath(text: string): JsonPath | string {
  const ofKey = text.endsWith("~");
  const steps: PathStep[] = [];
  const from = text.startsWith("$") ? 1 : 0;
  let rest = text.slice(from, ofKey ? -1 : undefined);
  while (rest !== "") {
    const found = STEP.exec(rest);
    // After the first step a name needs its dot.
    if (found === null || (steps.length + from > 0 && /^[^.[]/.test(rest))) return `it cannot be read from ${JSON.stringify(rest)} on`;
    steps.push(stepOf(found));
    rest = rest.slice(found[0].length);
  }
  if (steps.length === 0 && (text !== "$" || ofKey)) return "it is empty; write $ for the document itself";
  return { text, steps, ofKey };
}

function stepOf([, member, name, element, index, quoted]: RegExpExecArray): PathStep {
  if (member !== undefined) return { kind: "members" };
  if (element !== undefined) return { kind: "elements" };
  if (index !== undefined) return { kind: "index", at: Number(index) };
  return { kind: "key", name: name ?? (JSON.parse(quoted ?? '""') as string) };
}

/** Whether a step can lead into a list; the others lead into an object. */
export function intoList(step: PathStep | undefined): boolean {
  return step?.kind === "elements" || step?.kind === "index";
}

/** Whether a step leads to the value under a key (in an object) or at an index (in a list). */
export function leadsTo(step: PathStep | undefined, at: string | number): boolean {
  if (step === undefined) return false;
  if (typeof at === "number") return step.kind === "elements" || (step.kind === "index" && step.at === at);
  return step.kind === "members" || (step.kind === "key" && step.name === at);
}

/** Whether each step of `a` can lead where that of `b` leads, as far as `a` goes: then a record of `b` can lie within one of `a`. */
export function isWithin(b: JsonPath, a: JsonPath): boolean {
  return a.steps.length <= b.steps.length && a.steps.every((step, at) => overlap(step, b.steps[at]));
}

function overlap(a: PathStep, b: PathStep | undefined): boolean {
  if (b === undefined || intoList(a) !== intoList(b)) return false;
  if (a.kind === "key" && b.kind === "key") return a.name === b.name;
  return a.kind !== "index" || b.kind !== "index" || a.at === b.at;
}

const PLAIN = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u;

/** The path of a child as text: `bots[3].orders`, `["a.b"]`. */
export function childPath(parent: string, at: string | number): string {
  if (typeof at === "number") return `${parent}[${at}]`;
  return PLAIN.test(at) ? (parent === "" ? at : `${parent}.${at}`) : `${parent}[${JSON.stringify(at)}]`;
}
