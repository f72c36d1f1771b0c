// A way into a JSON text: names between dots, `[0]` for an element by its place, `[id=bot_a]` for the one with that field.
import { containerAt, type Container, type Part } from "./json-spans.ts";

/** One step. */
type Step = { readonly name: string } | { readonly place: number } | { readonly field: string; readonly is: string };

const STEP = /(?:^|\.)([^.[\]]+)|\[(\d+)\]|\[([^=\]]+)=([^\]]*)\]/y;

/** The steps of a path; `undefined` when it is none. The empty path has none: the root. */
export function stepsOf(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path);
    if (found === null) return undefined;
    const [, name, place, field, is] = found;
    steps.push(name === undefined ? (place === undefined ? { field: field ?? "", is: is ?? "" } : { place: Number(place) }) : { name });
  }
  return steps;
}

/** The array or object at the end of the steps; the number of the step that leads nowhere otherwise. */
export function containerOn(text: string, steps: readonly Step[]): Container | number {
  let from = 0;
  for (const [at, step] of steps.entries()) {
    const container = containerAt(text, from);
    const part = container === undefined ? undefined : partOf(text, container, step);
    if (part === undefined) return at;
    from = part.value;
  }
  return containerAt(text, from) ?? steps.length;
}

function partOf(text: string, { kind, parts }: Container, step: Step): Part | undefined {
  if ("name" in step) return kind === "object" ? parts.findLast(({ name }) => name === step.name) : undefined;
  if (kind !== "list") return undefined;
  if ("place" in step) return parts[step.place];
  return parts.find(({ start, end }) => {
    const element = JSON.parse(text.slice(start, end)) as unknown;
    return typeof element === "object" && element !== null && String((element as Record<string, unknown>)[step.field]) === step.is;
  });
}
