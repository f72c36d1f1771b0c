// SQL that a host writes itself, in a user's scope: one statement that reads, and sees that user's rows alone.
import type { Decimal } from "decimal.js";
import { StorageError } from "./errors.ts";

/** A value of a row that raw SQL gave. */
export type SqlValue = string | number | boolean | Decimal | null | readonly unknown[] | { readonly [key: string]: unknown };

/** A row that raw SQL gave, by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A value that raw SQL takes for a parameter. */
export type SqlParameter = string | number | null;

/** One part of a SQL text: a word or quoted name with what follows it, or anything else. */
interface Token {
  /** What it says, without quotes. */
  readonly text: string;
  /** Whether it can name something: a word, or text in any quotes. */
  readonly names: boolean;
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\p{L}_$\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*|\S/gu;

/** The parts of a SQL text, comments left out. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens = Array.from(sql.matchAll(TOKEN), ([found]) => found).filter((found) => !/^(?:--|\/\*)/.test(found));
  return tokens.map((found) => {
    const quoted = /^['"`[]/.test(found);
    return { text: (quoted ? found.slice(1, -1) : found).toLowerCase(), names: quoted || /^[\p{L}_$\u0080-\uffff]/u.test(found) };
  });
}

/** Refuses what is not one reading statement. Throws `not-allowed`. */
export function refuseUnlessReading(tokens: readonly Token[]): void {
  if (!["select", "with", "values"].includes(tokens[0]?.text ?? "")) throw refusedSql("it does not begin with select, with or values");
}

/** The refusal of a SQL text. The text itself is not repeated: a value may stand in it. */
export function refusedSql(why: string): StorageError {
  return new StorageError(
    "not-allowed",
    `This SQL was not run: ${why}. me.sql runs one statement that reads; write through the repositories.`,
  );
}
