// The same lists in td's tables: trades and decisions as they are, positions as long as they are open.
import { repositoryStore, type RecordStore } from "@td/migrate";
import { positions, trades, type Scope } from "@td/storage";
import type { DecisionFact, Fact, PositionFact, TradeFact } from "./facts.ts";
import { routedStore } from "./routed-store.ts";
import { closing, decisionFact, decisionRow, positionFact, positionRow, tradeFact, tradeRow } from "./rows.ts";
import { instantOf, msOf } from "./times.ts";

/** A store that says whose rows it holds: `dualWrite` then writes it in one transaction with its marks. */
export type ScopedStore<T> = RecordStore<T> & { readonly scope: Scope };

/** The rows of a user's bots. `links` gives trades the positions that were found for them. */
export function nextStore(me: Scope, botIds: readonly string[], links: ReadonlyMap<string, string> = new Map()): ScopedStore<Fact> {
  const routes = botIds.flatMap((botId) => [
    { prefix: `${botId}/botLogs/`, store: decisionStore(me, botId) },
    { prefix: `${botId}/orders/`, store: tradeStore(me, botId, links) },
    { prefix: `${botId}/positions/`, store: openPositionStore(me, botId) },
  ]);
  return { ...routedStore<Fact>(`tables of ${me.userId}`, routes), scope: me };
}

function tradeStore(me: Scope, botId: string, links: ReadonlyMap<string, string>): RecordStore<TradeFact> {
  return repositoryStore<typeof trades, TradeFact>(me, trades, {
    where: { botId },
    toRow: (fact) => {
      const row = tradeRow(fact, botId);
      return { ...row, positionId: row.positionId ?? links.get(fact.id) ?? null };
    },
    fromRow: (row) => tradeFact(row),
  });
}

/** Open positions. One that is removed has been closed: when its exit is among the trades it stays, as a closed one. */
function openPositionStore(me: Scope, botId: string): RecordStore<PositionFact> {
  const rows = repositoryStore<typeof positions, PositionFact>(me, positions, {
    where: { botId, status: "open" },
    toRow: (fact) => positionRow(fact, botId),
    fromRow: (row) => positionFact(row),
  });
  const isOpen = async (scope: Scope, id: string): Promise<boolean> => (await scope.positions.get({ id }))?.status === "open";
  return {
    ...rows,
    get: async (id) => ((await isOpen(me, id)) ? rows.get(id) : undefined),
    delete: (ids) =>
      me.transaction(async (tx) => {
        for (const id of ids) if (await isOpen(tx, id)) await close(tx, id);
      }),
  };
}

async function close(tx: Scope, id: string): Promise<void> {
  const { rows } = await tx.trades.page({ where: { positionId: id, action: "CLOSE" }, limit: 1 });
  const [exit] = rows;
  if (exit === undefined) await tx.positions.delete({ id });
  else await tx.positions.update({ id }, closing(tradeFact(exit)));
}

/** Decisions, whose key in the table is bot and time: a store of one's own is five methods. */
function decisionStore(me: Scope, botId: string): RecordStore<DecisionFact> {
  return {
    name: "bot_decisions",
    get: async (ms) => {
      const row = await me.decisions.get({ botId, at: instantOf(ms) });
      return row === null ? undefined : decisionFact(row);
    },
    put: (records) =>
      me.transaction(async (tx) => {
        const { conflicts, rejected } = await tx.decisions.importMany(records.map(({ value }) => decisionRow(value, botId)));
        if (rejected.length > 0) throw new RangeError(`bot_decisions does not take ${rejected.length} decisions of ${botId}`);
        for (const { row } of conflicts) {
          const { botId: _bot, at, ...changes } = row;
          await tx.decisions.update({ botId, at }, changes);
        }
      }),
    delete: (keys) =>
      me.transaction(async (tx) => {
        for (const ms of keys) await tx.decisions.delete({ botId, at: instantOf(ms) });
      }),
    async *scan({ after, through } = {}) {
      const at = { ...(after !== undefined && { gt: instantOf(after) }), ...(through !== undefined && { lte: instantOf(through) }) };
      for await (const page of me.decisions.stream({ where: { botId, ...(Object.keys(at).length > 0 && { at }) } }))
        yield page.map((row) => ({ key: msOf(row.at), value: decisionFact(row) }));
    },
  };
}
