// What the tests share: a folder that vanishes, a storage in it, and the account of a table.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importRejects, importTables, listRejects, type ImportReject, type ImportReport } from "@td/migrate";
import { digestTable, fills, openStorage, type Scope, type Storage } from "@td/storage";
import { onTestFinished } from "vitest";

/** More of everything when the depth is `soak`. */
export function depth(usual: number, soak: number): number {
  return process.env["TD_DEPTH"] === "soak" ? soak : usual;
}

/** A folder of this test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "td-migrate-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file of this test's own. */
export function file(content: string | Uint8Array, name = "source"): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

/** A storage of this test's own: in memory, or in a file when `path` is given. */
export async function storage(path = ":memory:"): Promise<Storage> {
  const opened = await openStorage(`sqlite:${path}`, { tables: importTables, durability: "normal" });
  onTestFinished(() => opened.close());
  return opened;
}

/** A user of a storage in memory. */
export async function user(): Promise<Scope> {
  return (await storage()).forUser("u");
}

/** All that a run could not take. */
export async function rejectsOf(scope: Scope, { runId }: Pick<ImportReport, "runId">): Promise<readonly ImportReject[]> {
  const all: ImportReject[] = [];
  for await (const reject of listRejects(scope, runId)) all.push(reject);
  return all;
}

/** The digest of a user's fills. */
export async function fillsDigest(scope: Scope): Promise<string> {
  const { rows, digest } = await digestTable(scope, fills);
  return `${rows} ${digest}`;
}

/** Every reject of a user as one text, without what differs from run to run. */
export async function rejectsText(scope: Scope): Promise<string> {
  const lines: string[] = [];
  for await (const rows of scope.table(importRejects).stream()) {
    for (const { line, byteOffset, kind, reason, encoding, raw } of rows)
      lines.push([line, byteOffset, kind, reason, encoding, raw].join(" "));
  }
  return lines.join("\n");
}

/** One good trade record; `change` alters or, by `undefined`, removes fields. */
export function trade(id: string, change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    order_id: id,
    symbol: "BTC-USD",
    side: "buy",
    size: "0.5",
    price: "100000.25",
    order_time: "2025-03-01T10:00:00.123456+00:00",
    total_fees_usd: "1.5",
    ...change,
  };
}

/** Trade records as JSON Lines. */
export function jsonl(...trades: readonly Readonly<Record<string, unknown>>[]): string {
  return trades.map((one) => JSON.stringify(one) + "\n").join("");
}
