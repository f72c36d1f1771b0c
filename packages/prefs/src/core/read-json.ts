// Reads the text of a body. JSON.parse takes what nobody means: a key twice, where the last one wins, and any depth.
import { MAX_DEPTH } from "./check-json.ts";
import type { Json } from "./json.ts";

/** What was read, or why it is not taken. */
export type ReadJson =
  | { readonly value: Json; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: "body-malformed" | "body-duplicate-key" | "body-too-deep" };

/** Reads JSON text in which every object has each key once, and nothing is nested deeper than 64. Never throws. */
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

const TOKENS = /"(?:[^"\\]+|\\.)*"\s*:?|[[\]{}]/g;

/** What is wrong with the shape of text that is known to be JSON. */
function shapeProblem(text: string): "body-duplicate-key" | "body-too-deep" | undefined {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      if (open.push(new Set()) > MAX_DEPTH) return "body-too-deep";
    } else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":") && isRepeated(token, open.at(-1))) return "body-duplicate-key";
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
