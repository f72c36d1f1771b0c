// Long lists are cut: a person reads the beginning, a program reads the JSON.
import { count } from "@td/example-shared/table";

/** Rows of a list that are shown; `--json` has all. */
export const SHOWN = 12;

/** What is said instead of the rows that are not shown. */
export function more(left: number, indent: number): string[] {
  return left > 0 ? [`${" ".repeat(indent)}... and ${count(left)} more (--json has all)`] : [];
}

/** A text of at most `width` characters. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}
