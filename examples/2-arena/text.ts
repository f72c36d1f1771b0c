// The report for people.
import { toCents } from "@td/example-shared/cents";
import type { Analytics, BotImport, Report } from "./report.ts";
import { count, plural, textTable, type TextColumn } from "@td/example-shared/table";

/** The whole report as lines. */
export function reportText(report: Report): string {
  const sections = [importSection(report), waySection(report), analyticsSection(report), slimSection(report)].filter(
    (lines) => lines.length > 0,
  );
  const numbered = sections.map(([title = "", ...lines], at) => [`${at + 1}. ${title}`, ...lines]);
  return `${[heading(report), ...numbered, ending(report)].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function heading({ input, phase, tables, steps }: Report): string[] {
  const { made, path, bytes, walBytes, updatedAt, bots } = input;
  const users = new Set(bots.map(({ userId }) => userId)).size;
  const saved = updatedAt === null ? "" : `, last saved ${updatedAt.at.slice(0, 19)}Z (written as ${updatedAt.form})`;
  return [
    "A bot arena leaves its blob",
    `Input: ${made === null ? path : `a made arena (seed ${made.seed}${made.scale === 1 ? "" : `, scale ${made.scale}`}) in ${path}`}`,
    `   one JSON document of ${megabytes(bytes)} with ${plural(bots.length, "bot")} of ${plural(users, "user")}${saved}`,
    ...(walBytes === 0
      ? []
      : [`   ${megabytes(walBytes)} of it are still in ${path}-wal: a copy of the one file would lack what was saved last`]),
    ...ownerLines(input.bots),
    `Tables: ${tables}; phase: ${phase}`,
    ...(steps.length === 0 ? ["Nothing was to be done."] : []),
  ];
}

function ownerLines(bots: Report["input"]["bots"]): string[] {
  return bots
    .filter(({ ownerFrom }) => ownerFrom !== "blob")
    .map(({ id, userId, ownerFrom }) =>
      ownerFrom === "nobody"
        ? `   ${id} belongs to nobody: it is kept for the user ${userId} until somebody claims it`
        : `   ${id} says no owner: the table bots does (${userId.slice(0, 8)}...)`,
    );
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(0)} KB` : `${(bytes / 1_000_000).toFixed(2)} MB`;
}

function importSection({ imports, keptAside, knownAnswer }: Report): string[] {
  if (imports.length === 0) return [];
  const number = (title: string, cell: (row: BotImport) => number): TextColumn<BotImport> => ({
    title,
    cell: (row) => count(cell(row)),
    align: "right",
  });
  return [
    "What was in the blob, and became rows",
    ...textTable(
      [
        { title: "bot", cell: (row) => row.botId },
        number("orders", ({ orders }) => orders.read),
        number("= new", ({ orders }) => orders.written),
        number("+ known", ({ orders }) => orders.identical),
        number("+ in conflict", ({ orders }) => orders.conflict),
        number("+ rejected", ({ orders }) => orders.rejected),
        number("logs", ({ logs }) => logs.read),
        number("= new", ({ logs }) => logs.written),
        number("+ known", ({ logs }) => logs.identical),
        number("+ in conflict", ({ logs }) => logs.conflict),
        number("+ rejected", ({ logs }) => logs.rejected),
        number("open", ({ openPositions }) => openPositions.read),
        number("closed", ({ closedPositions }) => closedPositions),
        number("lone exits", ({ loneCloses }) => loneCloses),
      ],
      imports,
    ),
    "   open: positions in the blob; closed: rebuilt from pairs of orders; lone exits: their entry is no longer in the blob",
    ...(keptAside.length === 0 ? [] : ["   Kept aside, whole, in td_import_rejects:"]),
    ...keptAside.slice(0, 12).map(({ botId, place, why }) => `     ${botId}  ${place}: ${why}`),
    ...(keptAside.length > 12 ? [`     ... and ${count(keptAside.length - 12)} more (--json has all)`] : []),
    ...(knownAnswer === null
      ? []
      : [knownAnswer ? "   All of it is what the arena was made of." : "   It DIFFERS from what the arena was made of."]),
  ];
}

function waySection({ steps, sameForFrontEnd }: Report): string[] {
  if (steps.length === 0) return [];
  return [
    "The way, while the bots traded on",
    ...textTable(
      [
        { title: "phase", cell: (row) => row.phase },
        { title: "", cell: (row) => row.what },
        { title: "", cell: (row) => row.detail },
      ],
      steps,
    ),
    ...(sameForFrontEnd === null
      ? []
      : [
          sameForFrontEnd
            ? "   The front end was shown the same before and after each change: orders, botLogs and positions in their old shape, byte for byte."
            : "   The front end was shown SOMETHING ELSE after a change.",
        ]),
  ];
}

function analyticsSection({ analytics: { bots, days, leaderboard } }: Report): string[] {
  return [
    "What the tables answer now",
    ...textTable(
      [
        { title: "bot", cell: (row: Analytics["bots"][number]) => row.botId },
        { title: "trades", cell: (row) => count(row.trades), align: "right" },
        { title: "closes", cell: (row) => count(row.closes), align: "right" },
        { title: "won", cell: (row) => percent(row.rate), align: "right" },
        { title: "realised PnL, exact", cell: (row) => row.pnl, align: "point" },
        { title: "open", cell: (row) => count(row.openPositions), align: "right" },
        { title: "closed", cell: (row) => count(row.closedPositions), align: "right" },
        { title: "decisions", cell: (row) => count(row.decisions), align: "right" },
        { title: "failed", cell: (row) => count(row.failedDecisions), align: "right" },
      ],
      bots,
    ),
    "",
    ...textTable(
      [
        { title: "day (UTC)", cell: (row: Analytics["days"][number]) => row.day },
        { title: "closes", cell: (row) => count(row.closes), align: "right" },
        { title: "won", cell: (row) => count(row.wins), align: "right" },
        { title: "PnL", cell: (row) => toCents(row.pnl), align: "right" },
      ],
      days,
    ),
    "",
    ...textTable(
      [
        { title: "rank", cell: (row: Analytics["leaderboard"][number]) => String(row.rank), align: "right" },
        { title: "user", cell: (row) => row.userId },
        { title: "closes", cell: (row) => count(row.closes), align: "right" },
        { title: "won", cell: (row) => count(row.wins), align: "right" },
        { title: "PnL", cell: (row) => toCents(row.pnl), align: "right" },
      ],
      leaderboard,
    ),
  ];
}

/** A part of 1 as whole percents, for the eye: cut off, not rounded. */
function percent(rate: string | null): string {
  if (rate === null) return "-";
  const [whole = "0", fraction = ""] = rate.split(".");
  const digits = `${whole}${fraction.padEnd(2, "0").slice(0, 2)}`;
  return `${digits.replace(/^0+(?=\d)/, "")} %`;
}

function slimSection({ slimmed, blobBytes }: Report): string[] {
  if (slimmed === null) return [];
  const { bytes, lists, entries, archive } = slimmed;
  return [
    "The blob now",
    `   ${megabytes(bytes)} before, ${megabytes(blobBytes)} now: ${plural(lists, "list")} with ${plural(entries, "entry", "entries")} are out, each proved by an import of exactly this document, read back`,
    `   What went is in ${archive}, with a manifest; balances, sums, value histories and markets stay in the blob.`,
  ];
}

function ending({ folder, phase, slimmed, tables }: Report): string[] {
  const back = {
    legacy: "takes the imports back",
    "dual-write": "goes back to legacy; the blob has everything, as it was never left",
    validate: "goes back to dual-write",
    cutover: "goes back to validate, with every trade made since the cutover",
    archived: "writes the lists back into the blob from the tables, so that the old server can start on it",
  }[phase];
  return [
    `Reports of each change of phase: ${folder}/reports. The way back: --back ${back ?? ""}.`,
    ...(tables === "postgres"
      ? []
      : [`Look for yourself: sqlite3 -box ${tables} "SELECT bot_id, status, count(*) FROM positions GROUP BY 1, 2"`]),
    ...(slimmed === null ? [] : ["Run it again: the bots trade on, and nothing else is left to do."]),
  ];
}
