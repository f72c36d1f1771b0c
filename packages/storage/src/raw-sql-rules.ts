// What raw SQL may say, for both engines. The lists say what is allowed: what td does not know is refused with its name.
import { refusedSql } from "./raw-sql.ts";
import { sqlTokensOf } from "./raw-sql-tokens.ts";
import type { SqlToken } from "./raw-sql-tokens.ts";

/** What one engine allows beyond what both do. */
export interface SqlRules {
  /** The functions that may be called. Their results depend on their arguments, the rows and the time alone, and they change nothing. */
  readonly functions: ReadonlySet<string>;
  /** Names of what tells about other users, wherever they stand and however they are quoted. */
  readonly refusedNames: RegExp;
  /** Schemas that nothing may be named in. */
  readonly refusedSchemas: ReadonlySet<string>;
  /** Bare words that are not for reading. */
  readonly refusedWords: ReadonlySet<string>;
  /** Characters that are not taken outside of quotes. */
  readonly refusedMarks: string;
  /** Whether a text in single quotes is read as a name where a name must stand. */
  readonly textsName: boolean;
}

/** A list of words. */
export function words(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(/\s+/)));
}

/** Functions of both engines. */
export const COMMON_FUNCTIONS = [
  "count sum avg min max string_agg row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value",
  "abs ceil ceiling floor round trunc sign mod power pow sqrt exp ln log log10 degrees radians pi sin cos tan asin acos atan atan2",
  "lower upper length substr substring replace trim ltrim rtrim concat concat_ws coalesce nullif cast json_array_length date time",
];

// Words that can stand before a parenthesis without calling anything. None of them names a function of an engine that is not listed.
const BEFORE_PARENTHESIS = words(
  "select distinct from lateral only join on using where group by having order partition over filter within window limit offset fetch values",
  "with recursive as materialized union all except intersect any some array row exists in not and or is like ilike glob escape between",
  "symmetric similar to case when then else sets rollup cube zone overlaps rows range numeric decimal varchar character varying char bit",
  "timestamp timestamptz interval float",
);
/** Behind these stands a name that is being given, so that a parenthesis after it holds names of columns. */
const NAMING = new Set(["as", "with", "recursive"]);
const BEGINNING = new Set(["select", "with", "values"]);

/** Refuses what is not one statement that reads by the engine's rules. Throws `not-allowed`. */
export function checkSql(sql: unknown, rules: SqlRules): void {
  const tokens = sqlTokensOf(sql);
  if (!BEGINNING.has(word(tokens[0]) ?? "")) throw refusedSql("it does not begin with select, with or values");
  tokens.forEach((token, at) => {
    refuseName(token, rules);
    if (token.kind === "mark") refuseMark(token, tokens, at, rules);
    if (token.text === "(" && token.kind === "mark") refuseCall(tokens, at, rules);
  });
}

function word(token: SqlToken | undefined): string | undefined {
  return token?.kind === "word" ? token.text : undefined;
}

function refuseName({ kind, text }: SqlToken, { refusedNames, refusedWords, textsName }: SqlRules): void {
  const names = kind === "word" || kind === "name" || (kind === "text" && textsName);
  if (names && refusedNames.test(text)) throw refusedSql(`it names ${text}`, { name: text });
  if (kind === "word" && refusedWords.has(text))
    throw refusedSql(`it says ${text}; a column of that name goes in double quotes`, { name: text });
}

function refuseMark({ text }: SqlToken, tokens: readonly SqlToken[], at: number, { refusedMarks, refusedSchemas }: SqlRules): void {
  if (refusedMarks.includes(text)) throw refusedSql(`it has ${text} outside of quotes`);
  if (text === ";" && at < tokens.length - 1) throw refusedSql("it has more than one statement");
  if (text !== ".") return;
  const before = tokens[at - 1];
  // What stands behind the point of an expression may be a function: ('x').f calls f.
  if (before?.kind !== "word" && before?.kind !== "name") throw refusedSql("it has a point that does not follow a name");
  if (refusedSchemas.has(before.text)) throw refusedSql(`it names the schema ${before.text}`, { name: before.text });
}

function refuseCall(tokens: readonly SqlToken[], at: number, { functions }: SqlRules): void {
  const [name, before] = [tokens[at - 1], tokens[at - 2]];
  if (name === undefined || ["mark", "number", "place"].includes(name.kind) || NAMING.has(word(before) ?? "")) return;
  const called = word(name);
  if (called === undefined || (before?.kind === "mark" && before.text === ".")) {
    throw refusedSql("it calls a function by a name in quotes or of a schema");
  }
  if (functions.has(called) || BEFORE_PARENTHESIS.has(called)) return;
  throw refusedSql(`it calls ${called}, which is not one of the functions that are known to tell nothing of others`, { name: called });
}
