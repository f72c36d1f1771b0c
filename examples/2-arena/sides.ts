// Each user's bots migrate on their own: a store over both places, and what is known of that user's lists.
import { dualWrite, ignored, importRejectsOf, importRuns, type CanonicalRules, type DualWrite, type RecordStore } from "@td/migrate";
import type { Scope, Storage } from "@td/storage";
import { Decimal } from "decimal.js";
import { LISTS, type Fact } from "./facts.ts";
import { importName } from "./import.ts";
import { legacyStore, type BlobFile } from "./legacy-store.ts";
import { nextStore } from "./next-store.ts";
import { pairTrades, type Pairs } from "./pairs.ts";
import { byUser, type SurveyedBot } from "./survey.ts";

/** A user in the migration. */
export interface Side {
  readonly userId: string;
  readonly me: Scope;
  readonly bots: readonly SurveyedBot[];
  readonly legacy: RecordStore<Fact>;
  readonly next: RecordStore<Fact>;
  /** The store that the bots trade through. */
  readonly dual: DualWrite<Fact>;
  /** What belongs together in the blob as it is now, by bot. */
  readonly pairs: () => Promise<ReadonlyMap<string, Pairs>>;
}

/** How the sides are made. */
export interface SideOptions {
  readonly storage: Storage;
  readonly blob: BlobFile;
  readonly bots: readonly SurveyedBot[];
  /** A folder for the reports of each change of phase. */
  readonly reports: string;
}

/** The sides of all users. */
export async function makeSides({ storage, blob, bots, reports }: SideOptions): Promise<readonly Side[]> {
  const sides: Side[] = [];
  for (const [userId, mine] of byUser(bots)) sides.push(await makeSide(storage.forUser(userId), blob, mine, reports));
  return sides;
}

async function makeSide(me: Scope, blob: BlobFile, bots: readonly SurveyedBot[], reports: string): Promise<Side> {
  const legacy = legacyStore(blob, bots);
  const pairs = () => pairsIn(legacy, bots);
  const links = new Map([...(await pairs()).values()].flatMap((found) => [...found.links]));
  const next = nextStore(
    me,
    bots.map(({ id }) => id),
    links,
  );
  const dual = dualWrite<Fact>({
    name: `arena ${me.userId}`,
    legacy,
    next,
    control: me,
    reports,
    figures,
    canonical: CANONICAL,
    gates: { cleanVerifications: 2, rejects: rejectsIn(bots) },
  });
  return { userId: me.userId, me, bots, legacy, next, dual, pairs };
}

/** Which position a trade belongs to is found by td: the blob does not have it to compare. */
export const CANONICAL: CanonicalRules = { positionId: ignored };

/** Asks about the imports that there were: a list that the bots have emptied before it could be imported has none. */
function rejectsIn(bots: readonly SurveyedBot[]): (tx: Scope) => Promise<number> {
  return async (tx) => {
    const there: string[] = [];
    for (const name of importNames(bots))
      if ((await tx.table(importRuns).count({ name, status: { ne: "abandoned" } })) > 0) there.push(name);
    return importRejectsOf(...there)(tx);
  };
}

/** The imports whose rejected records the gates ask about. */
function importNames(bots: readonly SurveyedBot[]): readonly string[] {
  return bots.flatMap(({ id }) => LISTS.map((list) => importName(id, list)));
}

async function pairsIn(legacy: RecordStore<Fact>, bots: readonly SurveyedBot[]): Promise<ReadonlyMap<string, Pairs>> {
  const facts = new Map<string, Fact[]>();
  for await (const page of legacy.scan()) {
    for (const { key, value } of page) {
      const bot = bots.find(({ id }) => key.startsWith(`${id}/`))?.id ?? "";
      const list = facts.get(bot);
      if (list === undefined) facts.set(bot, [value]);
      else list.push(value);
    }
  }
  return new Map(bots.map(({ id }) => [id, pairsOf(facts.get(id) ?? [])]));
}

function pairsOf(facts: readonly Fact[]): Pairs {
  return pairTrades(
    facts.filter((fact) => fact.kind === "trade"),
    facts.filter((fact) => fact.kind === "position"),
  );
}

const Exact = Decimal.clone({ precision: 200 });

/** What a report shows of both places side by side. */
async function figures(store: RecordStore<Fact>): Promise<Readonly<Record<string, string>>> {
  let pnl = new Exact(0);
  const counts = { trades: 0, decisions: 0, "open positions": 0 };
  for await (const page of store.scan()) {
    for (const { value } of page) {
      if (value.kind === "trade") counts.trades++;
      if (value.kind === "decision") counts.decisions++;
      if (value.kind === "position") counts["open positions"]++;
      if (value.kind === "trade" && value.action === "CLOSE") pnl = Exact.add(pnl, value.pnl);
    }
  }
  return { ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])), "realised PnL": pnl.toFixed() };
}
