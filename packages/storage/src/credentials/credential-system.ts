// What a rotation asks of an open storage: the credentials of all users. Not for hosts.
import { StorageError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { SystemRequest } from "../system/audit.ts";
import type { Keyring } from "./keyring.ts";
import type { StoredCredential } from "./tables.ts";

/** The place after a row: its user and its id. */
export type CredentialPlace = readonly [userId: string, id: string];

/** A storage's way to the credentials of all users. */
export interface CredentialSystem {
  /** The keys, when the storage was opened with some. */
  readonly keyring: Keyring | undefined;
  /** Up to `limit` credentials by user and id, from the beginning or after a place. */
  page(after: CredentialPlace | undefined, limit: number): Promise<readonly StoredCredential[]>;
  /** Puts on record that the credentials of all users are gone through. */
  record(request: SystemRequest): Promise<void>;
  /** The way to the rows of one user. */
  session(userId: string): Session;
}

const systems = new WeakMap<object, CredentialSystem>();

/** Makes the credentials of a storage known to {@link credentialSystemOf}. */
export function keepCredentialSystem(storage: object, system: CredentialSystem): void {
  systems.set(storage, system);
}

/** The credentials of all users of a storage. Throws `bad-request` for anything else. */
export function credentialSystemOf(storage: object): CredentialSystem {
  const system = systems.get(storage);
  if (system !== undefined) return system;
  throw new StorageError("bad-request", "This object is not a storage: pass what openStorage returned.");
}
