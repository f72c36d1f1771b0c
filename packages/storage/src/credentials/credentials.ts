// The credentials of one user: sealed at rest, opened one by one on request, every step on record.
import { StorageError } from "../errors.ts";
import type { Page } from "../repository.ts";
import type { Session } from "../session.ts";
import { checkedActor, checkedInput } from "./check-input.ts";
import { badRequest, noKeyring } from "./failures.ts";
import type { Keyring } from "./keyring.ts";
import { openStored } from "./open-stored.ts";
import { putStored } from "./put-stored.ts";
import { record } from "./record.ts";
import { infoOf } from "./stored-credential.ts";
import type { CredentialInfo } from "./stored-credential.ts";
import { brokerCredentials, credentialAudit } from "./tables.ts";
import type {
  AuditRequest,
  Credential,
  CredentialActor,
  CredentialInput,
  CredentialMode,
  Credentials,
  OpenOptions,
  PutOptions,
} from "./types.ts";

/** The credentials over a session; without a keyring they can be listed and deleted only. */
export function createCredentials(session: Session, keyring: Keyring | undefined): Credentials {
  const rows = (inner: Session) => inner.repository(brokerCredentials);
  return Object.freeze({
    async put(credential: CredentialInput, options: PutOptions = {}): Promise<CredentialInfo> {
      if (keyring === undefined) throw noKeyring();
      const actor = checkedActor({ actor: session.userId, ...options });
      const given = checkedInput(credential);
      try {
        return await session.transaction((tx) => putStored(tx, keyring, given, actor, options.ifRevision));
      } finally {
        given.bytes.fill(0);
      }
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
