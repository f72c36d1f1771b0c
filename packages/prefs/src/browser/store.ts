// What this browser keeps of one account: the server's last answers under one key, each waiting change under a key of its own.
// Two tabs can thus add changes at the same time without reading, changing and writing a common text.
import { contentHash } from "../core/content-hash.ts";
import type { Edit, NewEdit } from "../core/edits.ts";
import type { DismissedInsight, PreferencesBody, WatchlistItem } from "../wire.ts";
import type { LocalArea } from "./local-area.ts";

/** What the server last said. */
export interface ServerState {
  readonly preferences: PreferencesBody;
  readonly watchlist: readonly WatchlistItem[];
  readonly dismissed: readonly DismissedInsight[];
}

/** All keys of td begin with this. */
export const PREFIX = "td.prefs/";

/** What is stored of the last answers. */
interface Kept {
  readonly version: number;
  readonly state: ServerState;
}

/** What is kept of one account. */
export interface Store {
  /** The account, as it is named in keys. */
  readonly account: string;
  /** Whether a key is one of this account's. */
  owns(key: string): boolean;
  /** The last answers; undefined for none, or none that can be read. */
  server(): ServerState | undefined;
  keepServer(state: ServerState): void;
  /** In the order in which they were made. */
  edits(): readonly Edit[];
  /** Adds an edit; false: it is in memory only. */
  add(edit: NewEdit): Edit & { readonly stored: boolean };
  /** Writes an edit again. */
  change(edit: Edit): void;
  drop(ids: readonly string[]): void;
  /** False while a waiting change is in memory only. */
  isPersistent(): boolean;
  /** Removes everything. */
  clear(): void;
}

/** Opens what is kept of an account. Another version of the page has kept answers of another shape: they are not used. Its changes of fields are not sent. */
export function openStore(local: LocalArea, accountId: string, version: number): Store {
  const account = contentHash(accountId);
  const base = `${PREFIX}${account}/`;
  const [serverKey, editBase] = [`${base}server`, `${base}edit/`];
  const own = (): string[] => local.keys().filter((key) => key.startsWith(base));
  const editKeys = (): string[] =>
    own()
      .filter((key) => key.startsWith(editBase))
      .sort();
  const write = (edit: Edit): boolean => local.set(editBase + edit.id, JSON.stringify(edit));
  return {
    account,
    owns: (key) => key.startsWith(base),
    server: () => {
      const kept = parsed(local.get(serverKey)) as Partial<Kept> | undefined | null;
      return kept?.version === version ? kept.state : undefined;
    },
    keepServer: (state) => void local.set(serverKey, JSON.stringify({ version, state } satisfies Kept)),
    edits: () => editKeys().flatMap((key) => readEdit(local.get(key), version)),
    add: (edit) => {
      const made = { ...edit, id: nextId(editKeys().at(-1)?.slice(editBase.length)), version };
      return { ...made, stored: write(made) };
    },
    change: (edit) => void write(edit),
    drop: (ids) => {
      for (const id of ids) local.remove(editBase + id);
    },
    isPersistent: () => local.persistent && !editKeys().some((key) => local.inMemory(key)),
    clear: () => {
      for (const key of own()) local.remove(key);
    },
  };
}

/** A change of a field that another version of the page has made may mean another field today: it is refused, for the user to make again. */
function readEdit(text: string | undefined, version: number): Edit[] {
  const edit = parsed(text) as Edit | undefined;
  if (edit === undefined) return [];
  if (edit.kind !== "field" || edit.refused !== undefined || edit.version === version) return [edit];
  return [{ ...edit, refused: [{ pointer: edit.path, message: "this change was made in another version of the page: make it again" }] }];
}

/** Later ids sort behind earlier ones, also when the clock stands or goes back. The random end keeps two tabs apart. */
function nextId(last: string | undefined): string {
  const after = last === undefined ? 0 : Number.parseInt(last, 36) + 1;
  const place = Math.max(Date.now(), after).toString(36).padStart(9, "0");
  return `${place}-${Math.random().toString(36).slice(2, 8)}`;
}

/** undefined: not there, or not readable; a text of td that cannot be read is like none, the server has the truth. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
