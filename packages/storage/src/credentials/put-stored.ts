// Writes one credential and puts that on record, in one transaction.
import { StorageError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { CheckedInput } from "./check-input.ts";
import { seal } from "./envelope.ts";
import { badRequest, noCredential } from "./failures.ts";
import type { Keyring } from "./keyring.ts";
import { record } from "./record.ts";
import { identityOf, infoOf } from "./stored-credential.ts";
import type { CredentialInfo } from "./stored-credential.ts";
import { brokerCredentials } from "./tables.ts";
import type { StoredCredential } from "./tables.ts";
import type { CredentialActor } from "./types.ts";

/** Creates or replaces a credential. Throws `revision-conflict`, `bad-request`. */
export async function putStored(
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
