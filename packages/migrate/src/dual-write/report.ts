// Gathers what a report says, and writes reports where the options ask for them.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inTransaction } from "@td/storage/internal";
import { htmlReport, markdownReport, type ReportData, type SideFigures } from "../core/migration-report.ts";
import type { Side } from "../core/phases.ts";
import { replaceFile } from "../stores/atomic-file.ts";
import type { DualWriteStatus } from "../core/status.ts";
import type { MigrationReport } from "./contract.ts";
import { timed, type Engine } from "./engine.ts";
import { within } from "./second-side.ts";
import { statusOf, trail } from "./status.ts";
import type { DualAuditRow } from "./tables.ts";

/** Reads that a report makes on each side, so that it always has times to show. */
const PROBES = 50;

/** Time limits of a write after which an array of records does not come any more: the change of phase that the report is of waits for it. */
const PATIENCE = 6;

/** The report of a moment. */
export async function makeReport<T>(engine: Engine<T>, status: DualWriteStatus, audit: readonly DualAuditRow[]): Promise<MigrationReport> {
  const data: ReportData = {
    at: engine.of.now().toISOString(),
    status,
    sides: [await figuresOf(engine, "legacy"), await figuresOf(engine, "next")],
    audit,
  };
  return { markdown: markdownReport(data), html: htmlReport(data) };
}

async function figuresOf<T>(engine: Engine<T>, side: Side): Promise<SideFigures> {
  const store = engine.settings[side];
  try {
    const counted = await countedKeys(engine, side);
    const figures = (await engine.settings.figures?.(store, side)) ?? {};
    return {
      side,
      store: store.name,
      records: counted,
      figures,
      reads: engine.timings.of(side, "read"),
      writes: engine.timings.of(side, "write"),
      failure: undefined,
    };
  } catch (error) {
    // A side that cannot be read is what the report has to say about it.
    const failure = error instanceof Error ? error.message : String(error);
    return {
      side,
      store: store.name,
      records: undefined,
      figures: {},
      reads: engine.timings.of(side, "read"),
      writes: engine.timings.of(side, "write"),
      failure,
    };
  }
}

async function countedKeys<T>(engine: Engine<T>, side: Side): Promise<number> {
  const pages = engine.settings[side].scan()[Symbol.asyncIterator]();
  const limit = engine.settings.secondaryTimeoutMs * PATIENCE;
  let records = 0;
  try {
    for (let page = await within(limit, () => pages.next()); page.done !== true; page = await within(limit, () => pages.next())) {
      if (records === 0) for (const { key } of page.value.slice(0, PROBES)) await within(limit, () => timed(engine, side).get(key));
      records += page.value.length;
    }
    return records;
  } finally {
    // Not waited for: of a scan that does not answer neither does its end.
    void pages.return?.().catch(() => undefined);
  }
}

/** Writes a report of the present phase into the folder of the options. A report that cannot be written is told, and stops nothing. */
export async function writeReports<T>(engine: Engine<T>): Promise<void> {
  const { reports, name, control, onEvent } = engine.settings;
  if (reports === undefined || inTransaction(control)) return;
  try {
    const status = await statusOf(engine);
    const entries = await trail(engine, 100);
    const { markdown, html } = await makeReport(engine, status, entries);
    await mkdir(reports, { recursive: true });
    const path = join(reports, `${name.replaceAll(/[^\w.-]+/g, "-")}-${String(entries[0]?.entry ?? 0).padStart(4, "0")}-${status.phase}`);
    await replaceFile(`${path}.md`, markdown);
    await replaceFile(`${path}.html`, html);
  } catch (error) {
    onEvent({ kind: "report-failed", error });
  }
}
