// Plain text in columns, for people.

/** One column of a table. */
export interface TextColumn<Row> {
  readonly title: string;
  /** The cell's text. */
  readonly cell: (row: Row) => string;
  /** Numbers are right-aligned; `point` lines up their decimal points. Default `left`. */
  readonly align?: "left" | "right" | "point";
}

/** The rows as aligned lines under their titles, each line indented by `indent` spaces. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[], indent = 3): string[] {
  const cells = columns.map((column) => alignColumn(column, rows));
  const line = (at: number) => (" ".repeat(indent) + cells.map((column) => column[at] ?? "").join("  ")).trimEnd();
  return Array.from({ length: rows.length + 1 }, (_, at) => line(at));
}

function alignColumn<Row>(column: TextColumn<Row>, rows: readonly Row[]): string[] {
  const align = column.align ?? "left";
  const bodies = rows.map((row) => column.cell(row));
  const texts = [column.title, ...(align === "point" ? padFractions(bodies) : bodies)];
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => (align === "left" ? text.padEnd(width) : text.padStart(width)));
}

/** Adds spaces on the right so that, once right-aligned, the points stand below each other. */
function padFractions(texts: readonly string[]): string[] {
  const tail = (text: string) => (text.includes(".") ? text.length - text.indexOf(".") : 0);
  const longest = Math.max(0, ...texts.map(tail));
  return texts.map((text) => text + " ".repeat(longest - tail(text)));
}

/** A count with thousands separators. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 order", "2 orders". */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}
