// What a host sees of credentials.
import type { Page } from "../repository.ts";
import type { SecretText } from "./secret-text.ts";
import type { CredentialInfo } from "./stored-credential.ts";
import type { credentialAudit } from "./tables.ts";

/** Whether a credential trades on paper or with money. */
export type CredentialMode = "paper" | "broker";

/** A credential as given to {@link Credentials.put}. */
export interface CredentialInput {
  /** Identity within the user; 1 to 200 characters. */
  readonly id: string;
  /** The broker; 1 to 200 characters. It stays what it was when the credential was created. */
  readonly broker: string;
  /** What the secret is good for. */
  readonly mode: CredentialMode;
  /** What the user calls it; default: as it was, or empty. */
  readonly label?: string;
  /** The secret by field: `{ apiKey: "...", apiSecret: "..." }`. Any text, at most 256 KiB in all. */
  readonly secret: Readonly<Record<string, string>>;
}

/** Who does something, and why. */
export interface CredentialActor {
  /** Who: a person or a part of the host, `bot:arena-1`; 1 to 200 characters. */
  readonly actor: string;
  /** Why, at most 1000 characters; default null. */
  readonly reason?: string;
}

/** Who puts a credential, and over what. */
export interface PutOptions extends Partial<CredentialActor> {
  /** Who; default the user. */
  readonly actor?: string;
  /** Refuse with `revision-conflict` unless the credential has this revision; 0: unless there is none. Default: replace whatever stands. */
  readonly ifRevision?: number;
}

/** Who opens a credential, and as what. */
export interface OpenOptions extends CredentialActor {
  /** Refuse with `bad-request` when the credential has another mode: a paper bot must not hold a live key. Default: any. */
  readonly mode?: CredentialMode;
}

/** An opened credential. Printing it shows `[redacted]` for each value. */
export interface Credential extends CredentialInfo {
  /** The secret by field; `secret["apiKey"]?.reveal()` is the text. */
  readonly secret: Readonly<Record<string, SecretText>>;
}

/** Which entries of the audit are asked for. */
export interface AuditRequest {
  /** Only those of this credential; default all. */
  readonly credentialId?: string;
  /** Entries older than this cursor. */
  readonly after?: string;
  /** Entries at most, 1 to 1000; default 50. */
  readonly limit?: number;
}

/** The credentials of one user. */
export interface Credentials {
  /**
   * Creates or replaces a credential, sealed with the keyring's active key. Throws `no-keyring`, `value-rejected`, `revision-conflict`, and
   * `bad-request` for another broker than it has.
   */
  put(credential: CredentialInput, options?: PutOptions): Promise<CredentialInfo>;
  /**
   * Opens a credential: the only way to a secret. That it was read is committed before the secret is handed out, so it is refused with
   * `bad-request` inside a transaction, whose rollback would take the record back. A failed attempt is on record too.
   *
   * Throws `no-keyring`, `not-found`, `unknown-key`, `credential-tampered`, `bad-request`.
   */
  open(id: string, options: OpenOptions): Promise<Credential>;
  /** The credentials by id, or those of a mode or a broker. Decrypts nothing. */
  list(filter?: { readonly mode?: CredentialMode; readonly broker?: string }): Promise<readonly CredentialInfo[]>;
  /** Deletes a credential; whether there was one. Its audit stays. */
  delete(id: string, options?: Partial<CredentialActor>): Promise<boolean>;
  /** The audit, newest first. */
  audit(request?: AuditRequest): Promise<Page<typeof credentialAudit>>;
}
