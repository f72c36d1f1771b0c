// The lists of a user's bots become rows: one import per list, so that each has an account of its own and its rows can be proved against it.
import {
  defineImport,
  listRejects,
  records,
  runImport,
  sqliteJsonColumn,
  type ImportJob,
  type ImportReport,
  type Source,
} from "@td/migrate";
import { botDecisions, bots, positions, trades, users, type AnyTable, type BotInput, type PositionInput, type Scope } from "@td/storage";
import { z } from "zod";
import type { ListName } from "./facts.ts";
import { LISTS } from "./facts.ts";
import { PLACE } from "./legacy-store.ts";
import { decisionOf, logSchema } from "./logs.ts";
import { positionKey, positionOf, positionSchema } from "./open-positions.ts";
import { orderKey, orderSchema, tradeOf } from "./orders.ts";
import type { Pairs } from "./pairs.ts";
import { closedPositionRow, closing, decisionRow, positionRow, tradeRow } from "./rows.ts";
import { UNCLAIMED, type SurveyedBot } from "./survey.ts";

/** What an import of one list came to. */
export interface ListImport {
  readonly botId: string;
  readonly list: ListName | "closed positions";
  readonly report: ImportReport;
  /** Where each entry that was not taken stands in the blob, and why. */
  readonly keptAside: readonly KeptAside[];
}

/** An entry that was not taken; it is whole in `td_import_rejects`. */
export interface KeptAside {
  readonly place: string;
  readonly why: string;
}

/** The name of the import of a list. */
export function importName(botId: string, list: string): string {
  return `arena ${botId} ${list}`;
}

/** The path of a list's entries in the document. */
export function entriesPath({ place }: Pick<SurveyedBot, "place">, list: ListName): string {
  return `${place}.${PLACE[list]}[*]`;
}

/** Imports the bots themselves: trades, decisions and positions refer to them. */
export async function importBots(me: Scope, path: string, mine: readonly SurveyedBot[]): Promise<ImportReport> {
  if (me.userId === UNCLAIMED) await me.table(users).importMany([{ displayName: "Bots that nobody has claimed", placeholder: true }]);
  const source = blobSource(
    path,
    mine.map(({ place }) => place),
  );
  return runImport(me, defineImport({ name: "arena bots", source, schema: botSchema, map: botRow, into: bots }), { restart: true });
}

const botSchema = z.looseObject({
  id: z.string(),
  name: z.string().default(""),
  prompt: z.string().default(""),
  provider: z.string().nullish(),
  tradingMode: z.enum(["paper", "real"]).default("paper"),
  initialBalance: z.string().nullish(),
  history_summary: z.string().nullish(),
  avatarUrl: z.string().nullish(),
  /** Written as a boolean or as 0 and 1. */
  isPaused: z.union([z.boolean(), z.enum(["0", "1"]).transform((text) => text === "1")]).default(false),
  symbolCooldowns: z.record(z.string(), z.string()).nullish(),
});

function botRow({ id, name, prompt, tradingMode, isPaused, ...bot }: z.infer<typeof botSchema>): BotInput {
  return {
    id,
    name,
    prompt,
    provider: bot.provider ?? null,
    mode: tradingMode === "real" ? "broker" : "paper",
    initialBalance: bot.initialBalance ?? null,
    historySummary: bot.history_summary ?? null,
    avatar: bot.avatarUrl ?? null,
    cooldowns: bot.symbolCooldowns ?? null,
    paused: isPaused,
  };
}

/** Imports those lists of a bot that the blob has. Entries that are there already are found identical. */
export async function importLists(
  me: Scope,
  path: string,
  bot: SurveyedBot,
  pairs: Pairs,
  signal: AbortSignal,
): Promise<readonly ListImport[]> {
  const done: ListImport[] = [];
  for (const list of LISTS.filter((name) => (bot.lists[name] ?? 0) > 0)) {
    done.push(await runList(me, bot.id, list, listJob(path, bot, list, pairs), signal));
  }
  return done;
}

/** Imports the positions that only pairs of orders tell of. One that an earlier, stopped import found open is closed. */
export async function importClosed(me: Scope, botId: string, { closed }: Pairs, signal: AbortSignal): Promise<ListImport> {
  const unknown: PositionInput[] = [];
  for (const pair of closed) {
    const standing = pair.close.positionId === null ? null : await me.positions.get({ id: pair.id });
    if (standing === null) unknown.push(closedPositionRow(pair, botId));
    else if (standing.status === "open") await me.positions.update({ id: pair.id }, closing(pair.close));
  }
  const job = defineImport({
    name: importName(botId, "closed positions"),
    source: records("pairs of orders", unknown as never),
    into: positions,
    schema: z.custom<PositionInput>(),
    map: (row) => row,
  });
  return runList(me, botId, "closed positions", job, signal);
}

function blobSource(path: string, places: readonly string[]): Source {
  return sqliteJsonColumn(path, { table: "arena_state", column: "state", where: { id: 1 }, path: places });
}

/** The import of one list. */
export function listJob(path: string, bot: SurveyedBot, list: ListName, { links }: Pairs): ImportJob {
  const { id: botId } = bot;
  const name = importName(botId, list);
  const source = blobSource(path, [entriesPath(bot, list)]);
  switch (list) {
    case "orders":
      return defineImport({
        name,
        source,
        schema: orderSchema,
        into: trades,
        map: (order) => {
          const fact = tradeOf(order);
          const row = tradeRow(fact, botId);
          return { ...row, id: orderKey(botId, order), positionId: row.positionId ?? links.get(fact.id) ?? null };
        },
      }) as unknown as ImportJob;
    case "botLogs":
      return defineImport({
        name,
        source,
        schema: logSchema,
        into: botDecisions,
        map: (log) => decisionRow(decisionOf(log), botId),
      }) as unknown as ImportJob;
    case "positions":
      return defineImport({
        name,
        source,
        schema: positionSchema,
        into: positions,
        map: (entry) => ({ ...positionRow(positionOf(entry), botId), id: positionKey(botId, entry) }),
      }) as unknown as ImportJob;
  }
}

async function runList<T extends AnyTable, S extends z.ZodType>(
  me: Scope,
  botId: string,
  list: ListImport["list"],
  job: ImportJob<T, S>,
  signal: AbortSignal,
): Promise<ListImport> {
  // A run that was stopped begins its list again: the bots have traded since, and what it wrote is found identical.
  const report = await runImport(me, job, { signal, restart: true });
  if (report.status === "interrupted") signal.throwIfAborted();
  const keptAside: KeptAside[] = [];
  for await (const reject of listRejects(me, report.runId)) {
    const why = reject.kind === "conflict" ? "contradicts an entry before it" : `${reject.issues[0]?.field ?? "entry"}: ${reject.reason}`;
    keptAside.push({ place: reject.place.path ?? `record ${reject.place.line}`, why });
  }
  return { botId, list, report, keptAside };
}
