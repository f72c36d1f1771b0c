// Brings the server's answers here and the waiting changes there.
import { type FieldEdit, type ItemEdit, lastOfEach } from "../core/edits.ts";
import type { JsonObject } from "../core/json.ts";
import { overlap } from "../core/pointer.ts";
import { rebase } from "../core/rebase.ts";
import type { DismissedBody, DismissedInsight, Issue, PreferencesBody, Problem, WatchlistBody, WatchlistItem } from "../wire.ts";
import type { Connection } from "./contract.ts";
import type { ServerState, Store } from "./store.ts";
import type { Answer, Call, Send } from "./transport.ts";
import { fieldEdits, itemEdits } from "./view.ts";

/** What the exchange with the server works on. */
export interface Exchange {
  readonly send: Send;
  readonly store: Store;
  readonly defaults: JsonObject;
}

/** How an exchange ended; `waitMs` when the server asked for a pause. */
export interface Ended {
  readonly connection: Connection;
  readonly waitMs?: number;
}

const ONLINE: Ended = { connection: "online" };

/** How often a patch is put on top of somebody else's newer change before it waits for the next time. */
const ROUNDS = 20;

/** Asks for everything, and keeps it when all of it came. */
export async function refresh({ send, store }: Exchange): Promise<Ended> {
  const [preferences, watchlist, dismissed] = await Promise.all([
    send<PreferencesBody>(get("/preferences")),
    send<WatchlistBody>(get("/watchlist")),
    send<DismissedBody>(get("/insights/dismissed")),
  ]);
  if (preferences.kind !== "ok") return endedBy(preferences);
  if (watchlist.kind !== "ok") return endedBy(watchlist);
  if (dismissed.kind !== "ok") return endedBy(dismissed);
  store.keepServer({ preferences: preferences.body, watchlist: watchlist.body.items, dismissed: dismissed.body.insights });
  return ONLINE;
}

/** Sends what waits. What cannot be sent now goes on waiting. */
export async function flush(exchange: Exchange): Promise<Ended> {
  if (exchange.store.edits().every(({ refused }) => refused !== undefined)) return ONLINE;
  const known = exchange.store.server() === undefined ? await refresh(exchange) : ONLINE;
  const fields = known.connection === "online" ? await flushFields(exchange, ROUNDS) : known;
  return fields.connection === "online" ? flushItems(exchange) : fields;
}

async function flushFields(exchange: Exchange, rounds: number): Promise<Ended> {
  const { send, store, defaults } = exchange;
  const server = store.server();
  const edits = fieldEdits(store.edits());
  if (server === undefined || rounds === 0) return { connection: "offline" };
  const { patch, sent, settled } = rebase(edits, server.preferences, defaults);
  store.drop(settled);
  if (sent.length === 0) return ONLINE;
  const headers = { "If-Match": server.preferences.etag };
  const answer = await send<PreferencesBody>({ method: "PATCH", path: "/preferences", body: patch, headers });
  if (answer.kind === "later") return answer;
  if (answer.kind === "ok") {
    keep(store, { preferences: answer.body });
    store.drop(sent);
  } else if (answer.problem.conflict !== undefined) {
    keep(store, { preferences: answer.problem.conflict.current });
  } else {
    refuseFields(
      store,
      edits.filter(({ id }) => sent.includes(id)),
      answer.problem,
    );
  }
  return flushFields(exchange, rounds - 1);
}

/** The edits that the issues point at are refused, and the others sent again; when they point at none of them, all are refused. */
function refuseFields(store: Store, edits: readonly FieldEdit[], problem: Problem): void {
  const issues = issuesOf(problem);
  const blamed = edits.filter(({ path }) => issues.some(({ pointer }) => pointer !== "" && overlap(pointer, path)));
  for (const edit of blamed.length === 0 ? edits : blamed) store.change({ ...edit, refused: issues });
}

async function flushItems({ send, store }: Exchange): Promise<Ended> {
  for (const [edit, all] of lastOfEach(itemEdits(store.edits()))) {
    // One after the other, in the order in which they were made: the newest listing is to be the newest on the server, too.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await send<WatchlistItem & DismissedInsight>(callOf(edit));
    if (answer.kind === "later") return answer;
    if (answer.kind === "ok") keepItem(store, edit, answer.body);
    else store.change({ ...edit, refused: issuesOf(answer.problem) });
    store.drop(all.map(({ id }) => id).filter((id) => answer.kind === "ok" || id !== edit.id));
  }
  return ONLINE;
}

function callOf({ kind, name, exchange, notes, until }: ItemEdit): Call {
  const segment = encodeURIComponent(name);
  if (kind === "dismiss") return { method: "POST", path: `/insights/${segment}/dismiss`, body: until === undefined ? {} : { until } };
  if (kind === "restore") return { method: "DELETE", path: `/insights/${segment}/dismiss` };
  const path = `/watchlist/${segment}${exchange === null ? "" : `?exchange=${encodeURIComponent(exchange)}`}`;
  return kind === "unwatch" ? { method: "DELETE", path } : { method: "PUT", path, body: notes === undefined ? {} : { notes } };
}

function keepItem(store: Store, { kind, name, exchange }: ItemEdit, body: WatchlistItem & DismissedInsight): void {
  const server = store.server();
  if (server === undefined) return;
  const watchlist = server.watchlist.filter((item) => item.symbol !== name || item.exchange !== exchange);
  const dismissed = server.dismissed.filter(({ id }) => id !== name);
  if (kind === "watch") {
    const old = server.watchlist.some(({ id }) => id === body.id);
    keep(store, { watchlist: old ? server.watchlist.map((item) => (item.id === body.id ? body : item)) : [body, ...watchlist] });
  } else if (kind === "unwatch") keep(store, { watchlist });
  else keep(store, { dismissed: kind === "dismiss" ? [body, ...dismissed] : dismissed });
}

function keep(store: Store, news: Partial<ServerState>): void {
  const server = store.server();
  if (server !== undefined) store.keepServer({ ...server, ...news });
}

function issuesOf({ issues, detail }: Problem): readonly Issue[] {
  return issues !== undefined && issues.length > 0 ? issues : [{ pointer: "", message: detail }];
}

/** How an answer that is not the wanted one ends the exchange. */
function endedBy(answer: Exclude<Answer<unknown>, { kind: "ok" }>): Ended {
  return answer.kind === "later" ? answer : { connection: "offline" };
}

/** A question without a body. */
export const get = (path: string): Call => ({ method: "GET", path });
