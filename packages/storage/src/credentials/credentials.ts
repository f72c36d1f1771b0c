// The credentials of one user: sealed at rest, opened one by one on request, every step on record.
import type { Page } from "../repository.ts";
import type { Session } from "../session.ts";
import { StorageError } from "../errors.ts";
import { seal } from "./envelope.ts";
import { badRequest, noCredential, noKeyring } from "./failures.ts";
import { identityOf, infoOf } from "./stored-credential.ts";
import type { CredentialInfo } from "./stored-credential.ts";
import type { Keyring } from "./keyring.ts";
import { openStored } from "./open-stored.ts";
import { record } from "./record.ts";
import { encodeSecret } from "./secret-record.ts";
import type { SecretText } from "./secret-text.ts";
import { brokerCredentials, credentialAudit } from "./tables.ts";
import type { StoredCredential } from "./tables.ts";

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
  /** The secret by field: `{ apiKey: "...", apiSecret: "..." }`. Any text, at most 1 MiB in all. */
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

/** The credentials over a session; without a keyring they can be listed and deleted only. */
export function createCredentials(session: Session, keyring: Keyring | undefined): Credentials {
  const rows = (inner: Session) => inner.repository(brokerCredentials);
  return Object.freeze({
    async put(credential: CredentialInput, options: PutOptions = {}): Promise<CredentialInfo> {
      if (keyring === undefined) throw noKeyring();
      const given = checkedInput(credential);
      const actor = checkedActor({ actor: session.userId, ...options });
      return session.transaction((tx) => putCredential(tx, keyring, given, actor, options.ifRevision));
    },
    async open(id: string, options: OpenOptions): Promise<Credential> {
      if (keyring === undefined) throw noKeyring();
      const actor = checkedActor(options);
      if (session.inTransaction) throw badRequest("open it before the transaction, so that no rollback takes the record of it back");
      const result = await session.transaction((tx) => openStored(tx, keyring, id, actor, options.mode));
      if (result instanceof StorageError) throw result;
      return result;
    },
    async list(filter: { readonly mode?: CredentialMode; readonly broker?: string } = {}): Promise<readonly CredentialInfo[]> {
      const found: CredentialInfo[] = [];
      for await (const chunk of rows(session).stream({ where: filter })) found.push(...chunk.map(infoOf));
      return found;
    },
    async delete(id: string, options: Partial<CredentialActor> = {}): Promise<boolean> {
      const actor = checkedActor({ actor: session.userId, ...options });
      return session.transaction(async (tx) => {
        const there = await rows(tx).delete({ id });
        if (there) await record(tx, { ...actor, action: "deleted", credentialId: id });
        return there;
      });
    },
    async audit({ credentialId, ...page }: AuditRequest = {}): Promise<Page<typeof credentialAudit>> {
      const audit = session.repository(credentialAudit);
      if (credentialId === undefined) return audit.page({ ...page, orderBy: "by_order", direction: "desc" });
      return audit.page({ ...page, where: { credentialId }, orderBy: "by_credential", direction: "desc" });
    },
  });
}

/** A credential that was checked. */
interface CheckedInput extends Omit<CredentialInput, "secret"> {
  readonly bytes: Uint8Array;
}

async function putCredential(
  tx: Session,
  keyring: Keyring,
  given: CheckedInput,
  actor: CredentialActor,
  ifRevision: number | undefined,
): Promise<CredentialInfo> {
  const standing = await tx.repository(brokerCredentials).get({ id: given.id });
  checkStanding(standing, given, ifRevision);
  const stored = await (standing === null ? insert(tx, keyring, given) : replace(tx, keyring, given, standing));
  const action = standing === null ? "created" : "updated";
  await record(tx, { ...actor, action, credentialId: given.id, detail: `${given.broker} ${given.mode}` });
  return infoOf(stored);
}

function checkStanding(standing: StoredCredential | null, given: CheckedInput, ifRevision: number | undefined): void {
  const revision = standing?.revision ?? 0;
  if (ifRevision !== undefined && ifRevision !== revision) {
    throw new StorageError(
      "revision-conflict",
      `The credential ${given.id} has revision ${revision}, not ${ifRevision}: list it again and decide anew.`,
      {
        facts: { credentialId: given.id, expected: ifRevision, actual: revision },
      },
    );
  }
  if (standing === null || standing.broker === given.broker) return;
  throw badRequest(`the credential ${given.id} is one of ${standing.broker}: delete it first, or use another id`, {
    credentialId: given.id,
  });
}

function insert(tx: Session, keyring: Keyring, given: CheckedInput): Promise<StoredCredential> {
  const at = new Date();
  const { id, broker, mode, label } = given;
  const row = { id, broker, mode, ...(label === undefined ? {} : { label }), createdAt: at, updatedAt: at };
  return tx.repository(brokerCredentials).insert({ ...row, ...sealed(tx, keyring, given) });
}

async function replace(
  tx: Session,
  keyring: Keyring,
  given: CheckedInput,
  { id, revision, label }: StoredCredential,
): Promise<StoredCredential> {
  const changes = { mode: given.mode, label: given.label ?? label, updatedAt: new Date(), ...sealed(tx, keyring, given) };
  const stored = await tx.repository(brokerCredentials).update({ id }, changes, { ifRevision: revision });
  if (stored === null) throw noCredential(id);
  return stored;
}

function sealed(tx: Session, keyring: Keyring, given: CheckedInput): { readonly sealed: string; readonly keyId: string } {
  const text = seal(keyring, identityOf({ ...given, userId: tx.userId }), given.bytes);
  return { sealed: text, keyId: keyring.activeId };
}

function checkedInput({ id, broker, mode, label, secret }: CredentialInput): CheckedInput {
  const names = { id: checkedText("id", id, 200), broker: checkedText("broker", broker, 200) };
  if (mode !== "paper" && mode !== "broker") throw badRequest(`the mode is "paper" or "broker"`);
  return { ...names, mode, ...(label === undefined ? {} : { label: checkedText("label", label, 200, 0) }), bytes: encodeSecret(secret) };
}

function checkedActor({ actor, reason }: CredentialActor): CredentialActor {
  const who = { actor: checkedText("actor", actor, 200) };
  return reason === undefined ? who : { ...who, reason: checkedText("reason", reason, 1000, 0) };
}

// The value is not repeated: it may be a secret in the wrong place.
function checkedText(name: string, value: unknown, most: number, least = 1): string {
  if (typeof value === "string" && value.length >= least && value.length <= most) return value;
  throw badRequest(`${name} is a text of ${least} to ${most} characters`);
}
