// Reads the text of a body. JSON.parse takes what nobody means: a key twice, where the last one wins, any depth, and more digits than it keeps.
import { MAX_DEPTH } from "./check-json.ts";
import { isExactNumber } from "./exact-number.ts";
import type { Json } from "./json.ts";

/** What was read, or why it is not taken. */
export type ReadJson =
  | { readonly value: Json; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: "body-malformed" | ShapeProblem };

type ShapeProblem = "body-duplicate-key" | "body-too-deep" | "number-inexact";

/** Reads JSON text in which every object has each key once, nothing is nested deeper than 64, and no number loses digits. Never throws. */
export function readJson(text: string): ReadJson {
  const value = parsed(text);
  if (value === undefined) return { problem: "body-malformed" };
  const problem = shapeProblem(text);
  return problem === undefined ? { value } : { problem };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const TOKENS = /"(?:[^"\\]+|\\.)*"\s*:?|[[\]{}]|-?\d[\d.eE+-]*/g;

/** What is wrong with the shape of text that is known to be JSON. */
function shapeProblem(text: string): ShapeProblem | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      if (open.push(new Set()) > MAX_DEPTH) return "body-too-deep";
    } else if (token === "}" || token === "]") open.pop();
    else if (!token.startsWith('"')) {
      if (!isExactNumber(token)) return "number-inexact";
    } else if (token.endsWith(":") && isRepeated(token, open.at(-1))) return "body-duplicate-key";
  }
  return undefined;
}

// A key may be spelled with escapes: `\u0061` is `a`.
function isRepeated(token: string, keys: Set<string> | undefined): boolean {
  const key = JSON.parse(token.slice(0, -1)) as string;
  const known = keys?.has(key) ?? false;
  keys?.add(key);
  return known;
}
