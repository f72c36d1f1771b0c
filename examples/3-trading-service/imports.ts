// Which import each file needs, by the shape in which it was found.
import { csvFile, defineImport, type ImportJob, jsonFile } from "@td/migrate";
import { accounts, type AnyTable, fills, holdings, orders, pnlDaily, positions, signals, userSettings } from "@td/storage";
import { z } from "zod";
import { failedOrder, failedOrderRow } from "./failed-orders.ts";
import { InputError } from "@td/example-shared/failure";
import {
  accountRow,
  heldPositionRow,
  holdingRow,
  paperAccount,
  paperFill,
  paperFillRow,
  paperHolding,
  paperOrder,
  paperOrderRow,
} from "./paper-rows.ts";
import { pendingOf, pendingRecord, pendingRow } from "./pending-order.ts";
import { PNL_COLUMNS, pnlDay, pnlRow } from "./pnl-day.ts";
import { indicatorRow, indicators, tracking, trackingRow } from "./signals.ts";
import type { LegacyFile, PaperFolder, Survey } from "./survey.ts";
import { LINE_COLUMNS, lineFill, lineOrder, tradeLine } from "./trade-list.ts";
import { tradeRecord } from "./trade-record.ts";
import { fillRows, orderRows, positionRow } from "./trade-rows.ts";

/** An import of one file into one table, whichever they are. */
export type AnyJob = ImportJob;

/** A list of jobs has jobs of many tables and schemas: each is checked against its own here, before the list forgets which they were. */
function job<T extends AnyTable, S extends z.ZodType>(declared: ImportJob<T, S>): AnyJob {
  return defineImport(declared) as unknown as AnyJob;
}

/** The import of pending orders, which the dual write goes on from. */
export const PENDING_JOB = "pending_orders";

/**
 * The imports for the `default` user, in their order: pending orders first, because they are still written to, so their rows are to be what the
 * file says. An order that is in trades_history.json as well is in conflict there, and kept with both sides.
 */
export function defaultJobs(survey: Survey, signalsAt: string | null): readonly AnyJob[] {
  return [...pendingJobs(survey), ...tradeJobs(survey), ...lineJobs(survey), ...recommendedJobs(survey, signalsAt), ...dayJobs(survey)];
}

function pendingJobs({ pending, trades }: Survey): readonly AnyJob[] {
  const from = (name: string, file: LegacyFile, at: string) =>
    job({ name, source: jsonFile(file.path, at), schema: pendingRecord, into: orders, map: (record) => pendingRow(pendingOf(record)) });
  return [
    ...given(pending).map((file) => from(PENDING_JOB, file, listAt(file, "orders"))),
    ...given(trades)
      .filter(({ keys }) => keys.includes("pending_orders"))
      .map((file) => from("trades_history.pending_orders", file, "pending_orders[*]")),
  ];
}

function tradeJobs({ trades, overlapping }: Survey): readonly AnyJob[] {
  const [file] = given(trades);
  if (file === undefined) return [];
  if (file.shape === "list") return linesOf("trades_history", file);
  const source = jsonFile(file.path, listAt(file, "trades"));
  return [
    job({
      name: "trades_history.positions",
      source,
      schema: tradeRecord,
      into: positions,
      map: (record) => positionRow(record, overlapping),
    }),
    job({ name: "trades_history.orders", source, schema: tradeRecord, into: orders, map: (record) => orderRows(record, overlapping) }),
    job({ name: "trades_history.fills", source, schema: tradeRecord, into: fills, map: (record) => fillRows(record, overlapping) }),
    ...(file.keys.includes("failed_orders")
      ? [
          job({
            name: "trades_history.failed_orders",
            source: jsonFile(file.path, "failed_orders[*]"),
            schema: failedOrder,
            into: orders,
            map: failedOrderRow,
          }),
        ]
      : []),
  ];
}

function lineJobs({ tradeLines }: Survey): readonly AnyJob[] {
  return given(tradeLines).flatMap((file) => linesOf("trade_lines", file));
}

function linesOf(name: string, file: LegacyFile): readonly AnyJob[] {
  const source = file.shape === "csv" ? csvFile(file.path, { columns: LINE_COLUMNS }) : jsonFile(file.path, "[*]");
  return [
    job({ name: `${name}.orders`, source, schema: tradeLine, into: orders, map: lineOrder }),
    job({ name: `${name}.fills`, source, schema: tradeLine, into: fills, map: lineFill }),
  ];
}

function recommendedJobs({ recommended }: Survey, signalsAt: string | null): readonly AnyJob[] {
  return given(recommended).map((file) =>
    file.shape === "list"
      ? job({
          name: "recommended.indicators",
          source: jsonFile(file.path, "[*]"),
          schema: indicators,
          into: signals,
          map: (record) => indicatorRow(record, signalsAt),
        })
      : job({
          name: "recommended.tracking",
          source: jsonFile(file.path, listAt(file, "symbols")),
          schema: tracking,
          into: signals,
          map: trackingRow,
        }),
  );
}

function dayJobs({ pnlDaily: days, lastLines }: Survey): readonly AnyJob[] {
  return given(days).map((file) =>
    job({
      name: "pnl_daily",
      source: csvFile(file.path, { columns: PNL_COLUMNS }),
      schema: pnlDay,
      into: pnlDaily,
      map: (day, { place }) => pnlRow(day, place.line, lastLines),
    }),
  );
}

/** The imports for the user of a paper account. */
export function paperJobs({ files, createdAt }: PaperFolder): readonly AnyJob[] {
  const of = (file: LegacyFile | null, make: (path: string) => AnyJob) => given(file).map(({ path }) => make(path));
  return [
    ...of(files.orders, (path) =>
      job({ name: "paper.orders", source: jsonFile(path, "[*]"), schema: paperOrder, into: orders, map: paperOrderRow }),
    ),
    ...of(files.transactions, (path) =>
      job({
        name: "paper.transactions",
        source: jsonFile(path, "[*]"),
        schema: paperFill,
        into: fills,
        map: (record, { place }) => paperFillRow(record, Number(/\d+/.exec(place.path ?? "")?.[0]), createdAt),
      }),
    ),
    ...of(files.holdings, (path) =>
      job({ name: "paper.holdings", source: jsonFile(path, "*"), schema: paperHolding, into: holdings, map: holdingRow }),
    ),
    ...of(files.holdings, (path) =>
      job({ name: "paper.positions", source: jsonFile(path, "*"), schema: paperHolding, into: positions, map: heldPositionRow }),
    ),
    ...of(files.account, (path) =>
      job({ name: "paper.account", source: jsonFile(path, "$"), schema: paperAccount, into: accounts, map: accountRow }),
    ),
    ...of(files.config, (path) =>
      job({
        name: "paper.config",
        source: jsonFile(path, "$"),
        schema: z.looseObject({}),
        into: userSettings,
        map: (value) => ({ name: "paper_trading.config", value }),
      }),
    ),
  ];
}

/** An empty file has no records and needs no import; the report says that it was empty. */
function given(file: LegacyFile | null): readonly LegacyFile[] {
  return file === null || file.shape === "empty" ? [] : [file];
}

/** The application's object or the importer's list. Anything else is said, not imported as nothing: the old importer read 0 rows and was content. */
function listAt(file: LegacyFile, key: string): string {
  if (file.shape === "list") return "[*]";
  if (file.keys.includes(key)) return `${key}[*]`;
  throw new InputError(
    "unknown-shape",
    `${file.path} is neither a list nor an object with "${key}"; its names are ${file.keys.join(", ") || "none"}. Look at what wrote it: nothing of it would be imported.`,
  );
}
