// Cuts raw SQL into its parts. It takes only what every engine cuts in the same way and refuses the rest: where two readers of one text
// disagree about where a string ends, the words that were checked are not the words that run.
import { refusedSql } from "./raw-sql.ts";

/** One part of a SQL text. */
export interface SqlToken {
  /** A bare word, a name in double quotes, a text in single quotes, a number, a placeholder, or one character of anything else. */
  readonly kind: "word" | "name" | "text" | "number" | "place" | "mark";
  /** What it says, in small letters and without quotes. */
  readonly text: string;
}

/** Stands outside of quotes for a comment, or begins a string or a name that has escapes of its own. */
const DOUBTFUL = /--|\/\*|[ebxn]'|u&['"]/iy;
const SPACE = /[ \t\n]+/y;
const KINDS: readonly (readonly [SqlToken["kind"], RegExp])[] = [
  ["text", /'[^']*(?:''[^']*)*'/y],
  ["name", /"[^"]+(?:""[^"]*)*"/y],
  ["word", /[a-z_][a-z0-9_]*/iy],
  ["number", /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\w$])/iy],
  ["place", /(?:\$[1-9]\d*|\?\d*)(?![\w$])/y],
  ["mark", /[(),.;*+\-/%<>=!~^|&#@:?[\]]/y],
];

/** The parts of a SQL text. Throws `not-allowed` for comments, escapes and all else that one engine might cut in another way. */
export function sqlTokensOf(sql: unknown): readonly SqlToken[] {
  if (typeof sql !== "string") throw refusedSql("it is not text");
  if (sql.includes("\0")) throw refusedSql("it holds the character NUL");
  const tokens: SqlToken[] = [];
  for (let at = spaceAfter(sql, 0); at < sql.length;) {
    const { kind, found } = partAt(sql, at);
    tokens.push({ kind, text: (kind === "name" || kind === "text" ? found.slice(1, -1) : found).toLowerCase() });
    at = spaceAfter(sql, at + found.length);
  }
  return tokens;
}

function spaceAfter(sql: string, at: number): number {
  return at + (foundAt(SPACE, sql, at)?.length ?? 0);
}

function partAt(sql: string, at: number): { readonly kind: SqlToken["kind"]; readonly found: string } {
  const doubtful = foundAt(DOUBTFUL, sql, at);
  if (doubtful !== undefined) throw refusedSql(`it has ${doubtful} outside of quotes: it takes neither comments nor strings with escapes`);
  for (const [kind, pattern] of KINDS) {
    const found = foundAt(pattern, sql, at);
    if (found !== undefined) return { kind, found };
  }
  throw refusedSql(`it has a character or a number that is not understood at place ${at + 1}: outside of quotes it is plain ASCII`, {
    place: at + 1,
  });
}

function foundAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}
