// How many credentials each key has, by what the sealed texts say themselves.
import type { CredentialPlace, CredentialSystem } from "./credential-system.ts";
import { keyIdOf } from "./envelope.ts";

/** How many credentials one key has. */
export interface KeyUsage {
  /** The key. */
  readonly keyId: string;
  /** Credentials sealed with it. */
  readonly credentials: number;
  /** What the keyring knows of it. `unknown`: nothing, so these credentials cannot be opened. */
  readonly state: "active" | "decrypt-only" | "unknown";
  /** Whether it may leave the keyring: it is not active and no credential needs it. */
  readonly mayBeDropped: boolean;
}

/** How many credentials each key has. */
export interface KeyUsageReport {
  /** The keys of the keyring, the active one first, then those it lacks, by id. */
  readonly keys: readonly KeyUsage[];
  /** Credentials whose stored text is damaged, so that it names no key. */
  readonly unreadable: number;
}

// Rows are small, but may be 350 kB each.
const CHUNK = 200;

/** Counts the credentials of each key, in constant memory. Those written meanwhile may or may not count. */
export async function countKeys(system: CredentialSystem): Promise<KeyUsageReport> {
  const counts = new Map<string, number>((system.keyring?.ids ?? []).map((id) => [id, 0]));
  let unreadable = 0;
  for (let place: CredentialPlace | undefined; ;) {
    const rows = await system.page(place, CHUNK);
    for (const { sealed } of rows) {
      const keyId = keyIdOf(sealed);
      if (keyId === undefined) unreadable++;
      else counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
    }
    const last = rows.at(-1);
    if (last === undefined) return { keys: usages(system, counts), unreadable };
    place = [last.userId, last.id];
  }
}

function usages({ keyring }: CredentialSystem, counts: ReadonlyMap<string, number>): readonly KeyUsage[] {
  const known = keyring?.ids ?? [];
  const strangers = [...counts.keys()].filter((id) => !known.includes(id)).toSorted();
  return [...known, ...strangers].map((keyId) => {
    const credentials = counts.get(keyId) ?? 0;
    const state = keyId === keyring?.activeId ? "active" : known.includes(keyId) ? "decrypt-only" : "unknown";
    return { keyId, credentials, state, mayBeDropped: state === "decrypt-only" && credentials === 0 };
  });
}
