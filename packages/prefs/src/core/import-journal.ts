// What this browser remembers of its imports, so that a page that ended in the middle goes on, and nobody imports what is another's.

/** The memory. `begun`: a request may have reached the server. `confirmed`: the server has been seen to have it all. */
export interface ImportJournal {
  /** By old key: who imports its text, and which text that was (a hash). */
  readonly claims: Readonly<Record<string, { readonly account: string; readonly text: string }>>;
  /** By account: ids of the requests that are confirmed. */
  readonly confirmed: Readonly<Record<string, readonly string[]>>;
}

const BLANK: ImportJournal = { claims: {}, confirmed: {} };

/** Reads a journal back; one that cannot be read is blank: the server knows what it has imported. */
export function readJournal(text: string | undefined): ImportJournal {
  try {
    const { claims, confirmed } = JSON.parse(text ?? "null") as ImportJournal;
    return { claims: { ...claims }, confirmed: { ...confirmed } };
  } catch {
    return BLANK;
  }
}

/** Whether another account imports this very text. */
export function isOthers({ claims }: ImportJournal, account: string, key: string, text: string): boolean {
  const claim = Object.hasOwn(claims, key) ? claims[key] : undefined;
  return claim !== undefined && claim.account !== account && claim.text === text;
}

/** The texts (hashes by key) are this account's from here on. */
export function begin(journal: ImportJournal, account: string, texts: Readonly<Record<string, string>>): ImportJournal {
  const claims = Object.entries(texts).map(([key, text]) => [key, { account, text }] as const);
  return { ...journal, claims: Object.fromEntries([...Object.entries(journal.claims), ...claims]) };
}

/** The server has been seen to have these requests. */
export function confirm(journal: ImportJournal, account: string, ids: readonly string[]): ImportJournal {
  const all = [...new Set([...confirmedBy(journal, account), ...ids])];
  return { ...journal, confirmed: Object.fromEntries([...Object.entries(journal.confirmed), [account, all]]) };
}

/** Whether nothing needs to be sent. */
export function isConfirmed(journal: ImportJournal, account: string, ids: readonly string[]): boolean {
  return ids.every((id) => confirmedBy(journal, account).includes(id));
}

function confirmedBy({ confirmed }: ImportJournal, account: string): readonly string[] {
  return Object.hasOwn(confirmed, account) ? (confirmed[account] ?? []) : [];
}
