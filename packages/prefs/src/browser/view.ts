// What a page shows: the server's last answers with the waiting changes on top.
import { type Edit, type FieldEdit, type ItemEdit, shownWith } from "../core/edits.ts";
import type { JsonObject } from "../core/json.ts";
import { listingName } from "../core/import-request.ts";
import { keysOf } from "../core/pointer.ts";
import { rebase } from "../core/rebase.ts";
import type { FieldConflict, PreferencesBody } from "../wire.ts";
import type { HiddenInsight, Refused, Snapshot, WatchedItem } from "./contract.ts";
import type { ServerState } from "./store.ts";

/** What a snapshot says beside the contents. */
export type Circumstances = Pick<Snapshot<unknown>, "source" | "connection" | "persistent">;

/** The edits of fields that are to be sent. */
export const fieldEdits = (edits: readonly Edit[]): FieldEdit[] =>
  edits.filter((edit): edit is FieldEdit => edit.kind === "field" && edit.refused === undefined);

/** The edits of listings and insights that are to be sent. */
export const itemEdits = (edits: readonly Edit[]): ItemEdit[] =>
  edits.filter((edit): edit is ItemEdit => edit.kind !== "field" && edit.refused === undefined);

/** Makes the snapshot. `now`: milliseconds since 1970. */
export function snapshotOf(
  server: ServerState | undefined,
  edits: readonly Edit[],
  defaults: JsonObject,
  now: number,
  circumstances: Circumstances,
): Snapshot<JsonObject> {
  const fields = fieldEdits(edits);
  const items = itemEdits(edits);
  const dismissed = items.reduce(withInsight, server?.dismissed ?? []);
  return {
    value: shownWith(server?.preferences.value ?? defaults, fields, defaults),
    explicit: explicitWith(server?.preferences, fields),
    watchlist: items.reduce(withListing, server?.watchlist ?? []),
    dismissed: dismissed.filter(({ until }) => until === null || Date.parse(until) > now),
    conflicts: conflictsIn(server?.preferences, fields, defaults),
    refused: edits.flatMap(refusal),
    pending: fields.length + items.length,
    ...circumstances,
  };
}

/** The places that somebody else has changed meanwhile; nothing is known of them before the server has answered once. */
export function conflictsIn(
  server: PreferencesBody | undefined,
  fields: readonly FieldEdit[],
  defaults: JsonObject,
): readonly FieldConflict[] {
  return server === undefined ? [] : rebase(fields, server, defaults).conflicts;
}

function explicitWith(server: PreferencesBody | undefined, fields: readonly FieldEdit[]): string[] {
  const chosen = new Set(server?.explicit);
  for (const { path, value } of fields) {
    const [field = "", ...rest] = keysOf(path);
    if (value !== undefined) chosen.add(field);
    else if (rest.length === 0) chosen.delete(field);
  }
  return [...chosen].sort();
}

function withListing(list: readonly WatchedItem[], { kind, name, exchange, notes }: ItemEdit): readonly WatchedItem[] {
  const is = (item: WatchedItem): boolean => item.symbol === name && item.exchange === exchange;
  if (kind === "unwatch") return list.filter((item) => !is(item));
  if (kind !== "watch") return list;
  if (!list.some(is)) return [{ symbol: name, exchange, notes: notes ?? null }, ...list];
  return list.map((item) => (is(item) && notes !== undefined ? { ...item, notes } : item));
}

function withInsight(list: readonly HiddenInsight[], { kind, name, until }: ItemEdit): readonly HiddenInsight[] {
  if (kind !== "dismiss" && kind !== "restore") return list;
  const others = list.filter(({ id }) => id !== name);
  return kind === "restore" ? others : [{ id: name, until: until ?? null }, ...others];
}

function refusal(edit: Edit): Refused[] {
  if (edit.refused === undefined) return [];
  const what =
    edit.kind === "field"
      ? edit.path
      : edit.kind.endsWith("watch")
        ? listingName({ symbol: edit.name, exchange: edit.exchange })
        : edit.name;
  return [{ id: edit.id, what, issues: edit.refused }];
}
