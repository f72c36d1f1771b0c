// Where the parts of a JSON text lie. Edits replace spans, so that everything else keeps its bytes: digits, order of keys, indentation.

/** A part of a text: from `start` up to, without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One element of an array or one entry of an object, with the white space before it. */
export interface Part extends Span {
  /** Where the white space before it begins: behind the bracket or the comma. */
  readonly lead: number;
  /** The name of an entry; `undefined` for an element. */
  readonly name: string | undefined;
  /** Where its value begins; `start` for an element. */
  readonly value: number;
}

/** An array or an object with its parts. */
export interface Container extends Span {
  readonly kind: "list" | "object";
  readonly parts: readonly Part[];
}

/** The text is not JSON: where. */
export class NotJson extends Error {
  readonly at: number;

  constructor(at: number) {
    super(`not JSON at character ${at}`);
    this.at = at;
  }
}

/** The array or object that begins at the first character behind white space; `undefined` for another value. Throws {@link NotJson}. */
export function containerAt(text: string, from: number): Container | undefined {
  const start = skipSpace(text, from);
  const open = text.charCodeAt(start);
  if (open !== 91 && open !== 123) return undefined;
  const list = open === 91;
  const close = list ? 93 : 125;
  const parts: Part[] = [];
  let at = start + 1;
  if (text.charCodeAt(skipSpace(text, at)) === close) return { kind: list ? "list" : "object", start, end: skipSpace(text, at) + 1, parts };
  for (;;) {
    const part = list ? elementAt(text, at) : entryAt(text, at);
    parts.push(part);
    at = skipSpace(text, part.end);
    const next = text.charCodeAt(at++);
    if (next === close) return { kind: list ? "list" : "object", start, end: at, parts };
    if (next !== 44) throw new NotJson(at - 1);
  }
}

function elementAt(text: string, lead: number): Part {
  const start = skipSpace(text, lead);
  return { lead, start, value: start, end: valueEnd(text, start), name: undefined };
}

function entryAt(text: string, lead: number): Part {
  const start = skipSpace(text, lead);
  if (text.charCodeAt(start) !== 34) throw new NotJson(start);
  const nameEnd = stringEnd(text, start);
  const colon = skipSpace(text, nameEnd);
  if (text.charCodeAt(colon) !== 58) throw new NotJson(colon);
  const value = skipSpace(text, colon + 1);
  return { lead, start, value, end: valueEnd(text, value), name: JSON.parse(text.slice(start, nameEnd)) as string };
}

/** The index behind white space; a byte order mark counts as such. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9 && unit !== 0xfeff) return at;
    at++;
  }
}

function stringEnd(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at > 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  if (at < 0) throw new NotJson(text.length);
  return at + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === 92) at--;
  return (quote - at) % 2 === 1;
}

/** The end of any value. Brackets are matched; the inside is left to `JSON.parse`. */
function valueEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === 34) return stringEnd(text, from);
  return first === 91 || first === 123 ? nestedEnd(text, from) : scalarEnd(text, from);
}

function nestedEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 34) at = stringEnd(text, at) - 1;
    else if (unit === 91 || unit === 123) depth++;
    else if ((unit === 93 || unit === 125) && --depth === 0) return at + 1;
  }
  throw new NotJson(text.length);
}

function scalarEnd(text: string, from: number): number {
  const length = /[-+.\w]*/y;
  length.lastIndex = from;
  length.test(text);
  if (length.lastIndex === from) throw new NotJson(from);
  return length.lastIndex;
}
