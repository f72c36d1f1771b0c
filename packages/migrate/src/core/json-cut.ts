// Takes values out of a JSON text by their ranges: everything else stays byte for byte, its digits, its spaces and the order of its keys.
import { containerAt } from "./json-spans.ts";
import { childPath, leadsTo } from "./record-path.ts";
import type { JsonPath } from "./record-path.ts";

/** One value that was taken out. */
export interface JsonCut {
  /** Where it stood: `bots[3].orders`. */
  readonly path: string;
  /** Which of the given paths led to it, from 0. */
  readonly of: number;
  /** Where its text goes back into the text that is left, in UTF-16 code units; cuts go back from the last to the first. */
  readonly at: number;
  /** The text that was taken out: the value, its key, and a comma. */
  readonly removed: string;
  /** Elements of a list or members of an object; 1 for anything else. */
  readonly parts: number;
}

/** A text without some of its values. */
export interface CutText {
  /** What is left; valid JSON as the whole was. */
  readonly text: string;
  /** What was taken out, in the order of the text. */
  readonly cuts: readonly JsonCut[];
}

interface Live {
  readonly path: JsonPath;
  readonly of: number;
  readonly step: number;
}

interface Child {
  readonly name: string | number;
  /** Where it begins, the key of a member included. */
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly path: string;
  readonly of: number;
  readonly parts: number;
}

/** The text without the values that the paths lead to. The text must be valid JSON. */
export function cutJson(text: string, paths: readonly JsonPath[]): CutText {
  const ranges: Range[] = [];
  walk(
    text,
    0,
    paths.map((path, of) => ({ path, of, step: 0 })),
    "",
    ranges,
  );
  let left = "";
  let from = 0;
  const cuts = ranges.map(({ start, end, path, of, parts }) => {
    left += text.slice(from, start);
    from = end;
    return { path, of, at: left.length, removed: text.slice(start, end), parts };
  });
  return { text: left + text.slice(from), cuts };
}

/** The text with all cuts put back. */
export function pasteJson(text: string, cuts: readonly Pick<JsonCut, "at" | "removed">[]): string {
  let whole = "";
  let from = 0;
  for (const { at, removed } of cuts) {
    whole += text.slice(from, at) + removed;
    from = at;
  }
  return whole + text.slice(from);
}

/** Goes down where a path leads, no deeper than the paths are long. */
function walk(text: string, at: number, live: readonly Live[], where: string, ranges: Range[]): void {
  const children = childrenOf(text, at);
  const going = children.map((child) => live.filter(({ path, step }) => leadsTo(path.steps[step], child.name)));
  const gone = going.map((found) => found.find(({ path, step }) => step === path.steps.length - 1));
  const lastKept = gone.lastIndexOf(undefined);
  for (const [place, child] of children.entries()) {
    const last = gone[place];
    const path = childPath(where, child.name);
    if (last !== undefined) {
      ranges.push({ ...rangeOf(children, lastKept, place), path, of: last.of, parts: countParts(text, child.value) });
    } else {
      const further = (going[place] ?? []).map((one) => ({ ...one, step: one.step + 1 }));
      if (further.length > 0) walk(text, child.value, further, path, ranges);
    }
  }
}

/** What goes with a child: the comma and the spaces up to the next one, or, when all behind it go too, those after the last that stays. */
function rangeOf(children: readonly Child[], lastKept: number, place: number): { readonly start: number; readonly end: number } {
  const [before, child, next] = [children[place - 1], children[place], children[place + 1]];
  if (child === undefined) return { start: 0, end: 0 };
  if (place < lastKept) return { start: child.start, end: next?.start ?? child.end };
  return { start: before?.end ?? child.start, end: child.end };
}

/** The children of the list or object at a place; none of anything else. */
function childrenOf(text: string, at: number): readonly Child[] {
  return (containerAt(text, at)?.parts ?? []).map(({ name, start, value, end }, place) => ({ name: name ?? place, start, value, end }));
}

function countParts(text: string, at: number): number {
  return containerAt(text, at)?.parts.length ?? 1;
}
