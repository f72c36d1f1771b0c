// The move of the old keys to the account. Every step may be the last one before the page ends, and each may be made again.
import { contentHash } from "../core/content-hash.ts";
import { begin, confirm, isConfirmed, isOthers, readJournal } from "../core/import-journal.ts";
import { type ImportPlan, isEmptyPlan, planImport } from "../core/import-plan.ts";
import { accountsFor, type IdentifiedImport, importRequests, listingName } from "../core/import-request.ts";
import type { KeyRules } from "../core/key-rules.ts";
import type { ImportReport } from "../wire.ts";
import type { PreferencesClient } from "./contract.ts";
import type { ImportOptions, ImportOutcome } from "./import-contract.ts";
import { type Internals, internalsOf } from "./internals.ts";
import { PREFIX } from "./store.ts";
import { get } from "./sync.ts";

/** The journal is the browser's, not an account's: it says which account has imported what. */
const JOURNAL = `${PREFIX}import`;

/** What an import works on. */
interface Importer<Value> extends Internals {
  readonly keys: KeyRules<Value>;
  /** How many listings and insights go into one request. */
  readonly batch: number;
  /** Remove keys whose whole content was seen in the account. */
  readonly remove: boolean;
}

/**
 * Moves the old keys to the account. Safe at every start, in all tabs and on all devices: what was moved once is not moved again. What the user has chosen
 * in the account stays; lists are united; nothing is removed here that was not seen there. Never rejects.
 */
export function importOnce<Value>(
  client: PreferencesClient<Value>,
  keys: KeyRules<Value>,
  options: ImportOptions = {},
): Promise<ImportOutcome> {
  const internals = internalsOf(client);
  const importer = { ...internals, keys, batch: options.batch ?? 200, remove: options.afterImport === "remove" };
  // What the user has changed here since signing in is a choice, and is sent first, so that it is one on the server when old values are looked at.
  return internals.alone((online) => runImport(importer, online));
}

async function runImport<Value>(importer: Importer<Value>, online: boolean): Promise<ImportOutcome> {
  const { local, keys, store } = importer;
  const journal = readJournal(local.get(JOURNAL));
  const texts = new Map(
    keys.moves.flatMap(([key]) => [[key, local.get(key)] as const]).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const hashes = Object.fromEntries([...texts].map(([key, text]) => [key, contentHash(text)]));
  const others = [...texts.keys()].filter((key) => isOthers(journal, store.account, key, hashes[key] ?? ""));
  const mine = (key: string): string | undefined => (others.includes(key) ? undefined : texts.get(key));
  const plan = planImport(keys, mine);
  const outcome = (
    status: ImportOutcome["status"],
    reports: readonly ImportReport[] = [],
    removed: readonly string[] = [],
  ): ImportOutcome => {
    const { quarantined, superseded, empty } = plan;
    const moved = status === "imported" || status === "already" ? [...plan.whole.keys()] : [];
    return { status, reports, moved, quarantined, superseded, empty, others, removed, ...bystanders(importer) };
  };
  if (isEmptyPlan(plan) && plan.quarantined.length === 0) return outcome("nothing");
  const requests = importRequests(plan, importer.version, importer.batch, mine);
  const ids = requests.map(({ id }) => id);
  const known = isConfirmed(journal, store.account, ids);
  if (!online) return outcome(known ? "already" : "postponed");
  if (!known) {
    const mineOnly = Object.fromEntries(Object.entries(hashes).filter(([key]) => !others.includes(key)));
    local.set(JOURNAL, JSON.stringify(begin(journal, store.account, mineOnly)));
  }
  const sent = known ? [] : await sendAll(importer, requests);
  if (sent === "postponed" || sent === "unconfirmed") return outcome(sent);
  if (known && !importer.remove) return outcome("already");
  const reports = await readBack(importer, requests);
  if (typeof reports === "string") return outcome(known ? "already" : reports);
  local.set(JOURNAL, JSON.stringify(confirm(readJournal(local.get(JOURNAL)), store.account, ids)));
  const seen = (await importer.refresh()).connection === "online";
  const removed = importer.remove && seen ? removeSeen(importer, plan, reports, texts) : [];
  return outcome(known || sent.every((status) => status === 200) ? "already" : "imported", reports, removed);
}

/** Sends the requests one after the other; the statuses, or how far it did not come. */
async function sendAll<Value>(
  { send }: Importer<Value>,
  requests: readonly IdentifiedImport[],
): Promise<number[] | "postponed" | "unconfirmed"> {
  const statuses: number[] = [];
  for (const { id, request } of requests) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await send<ImportReport>({ method: "PUT", path: `/imports/${id}`, body: request });
    if (answer.kind === "later") return "postponed";
    if (answer.kind === "refused") return "unconfirmed";
    statuses.push(answer.status);
  }
  return statuses;
}

/** Asks for the reports by requests of their own: what they name is stored. */
async function readBack<Value>(
  { send }: Importer<Value>,
  requests: readonly IdentifiedImport[],
): Promise<ImportReport[] | "postponed" | "unconfirmed"> {
  const answers = await Promise.all(requests.map(({ id }) => send<ImportReport>(get(`/imports/${id}`))));
  if (answers.some(({ kind }) => kind === "later")) return "postponed";
  const reports = answers.flatMap((answer) => (answer.kind === "ok" ? [answer.body] : []));
  const complete = requests.every(({ request }, at) => reports[at] !== undefined && accountsFor(reports[at], request));
  return complete && reports.length === requests.length ? reports : "unconfirmed";
}

/** Removes the keys whose whole content is in the account, and that still hold the text that was sent. */
function removeSeen<Value>(
  { local, keys, store }: Importer<Value>,
  plan: ImportPlan,
  reports: readonly ImportReport[],
  texts: ReadonlyMap<string, string>,
): string[] {
  const server = store.server();
  const answered = new Set(
    reports.flatMap(({ watchlist, dismissed }) => [watchlist, dismissed].flatMap(({ kept, removed }) => [...kept, ...removed])),
  );
  const listed = new Set(server?.watchlist.map(listingName));
  const hidden = new Set(server?.dismissed.map(({ id }) => id));
  const isThere = {
    watchlist: plan.watchlist.map(listingName).every((name) => listed.has(name) || answered.has(name)),
    dismissed: plan.dismissed.every((id) => hidden.has(id) || answered.has(id)),
  };
  const rules = new Map(keys.moves);
  const settled = new Set([...(server?.preferences.explicit ?? []), ...reports.flatMap(({ preferences }) => preferences.removed)]);
  const removable = [...plan.whole].filter(([key, fields]) => {
    const into = rules.get(key)?.into ?? "fields";
    return into === "fields" ? fields.every((field) => settled.has(field)) : isThere[into];
  });
  return removable.map(([key]) => key).filter((key) => local.get(key) === texts.get(key) && local.remove(key));
}

function bystanders<Value>({ local, keys }: Importer<Value>): Pick<ImportOutcome, "local" | "unknown"> {
  const names = local
    .keys()
    .filter((key) => !key.startsWith(PREFIX))
    .sort();
  const of = (kind: string): string[] => names.filter((key) => keys.classOf(key) === kind);
  return { local: of("local"), unknown: of("unknown") };
}
