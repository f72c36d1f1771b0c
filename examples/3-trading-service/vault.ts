// The broker's credentials: out of a text file, into the vault, sealed with a key that lies elsewhere.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseEnv } from "node:util";
import type { KeyringOptions, Scope } from "@td/storage";

/** What is in the vault. Names and counts; never a value. */
export interface VaultReport {
  readonly id: string;
  readonly broker: string;
  readonly keyId: string;
  /** The names of the fields that were sealed. */
  readonly fields: readonly string[];
  /** Names without a value in the file. */
  readonly empty: readonly string[];
  /** Whether what came out of the vault was what went in. */
  readonly equal: boolean;
  /** What the audit says, the oldest first. */
  readonly audit: readonly string[];
}

/** The credential's id. */
const CREDENTIAL = "kotak-neo";

/** The key of a demonstration, made once. In earnest it comes from a secret store, never from beside the database. */
export function keyringAt(path: string): KeyringOptions {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ id: "demo-1", key: randomBytes(32).toString("base64") }), { mode: 0o600 });
  }
  return { active: JSON.parse(readFileSync(path, "utf8")) as KeyringOptions["active"] };
}

/** Seals the file's values, unless they are in the vault already, and opens them once to compare. The file stays: it is the way back. */
export async function importCredentials(me: Scope, path: string): Promise<VaultReport> {
  const entries = Object.entries(parseEnv(readFileSync(path, "utf8"))) as [string, string][];
  const secret = Object.fromEntries(entries.filter(([, value]) => value !== ""));
  const standing = (await me.credentials.list()).find(({ id }) => id === CREDENTIAL);
  const actor = "migration:trading-service";
  if (standing === undefined)
    await me.credentials.put(
      { id: CREDENTIAL, broker: "kotak-neo", mode: "broker", secret },
      { actor, reason: "out of the env file", ifRevision: 0 },
    );
  const equal = (await wasCompared(me)) || (await isEqual(me, secret, actor));
  const { rows } = await me.credentials.audit({ credentialId: CREDENTIAL, limit: 1000 });
  const sealed = (await me.credentials.list()).find(({ id }) => id === CREDENTIAL);
  return {
    id: CREDENTIAL,
    broker: sealed?.broker ?? "",
    keyId: sealed?.keyId ?? "",
    fields: Object.keys(secret).toSorted(),
    empty: entries.flatMap(([name, value]) => (value === "" ? [name] : [])),
    equal,
    audit: rows.toReversed().map(({ action, reason }) => `${action}${reason === null ? "" : ` (${reason})`}`),
  };
}

const COMPARED = "compare with the env file";

/** Whether an earlier run opened what stands now: opening is on record, so it is done once. */
async function wasCompared(me: Scope): Promise<boolean> {
  const { rows } = await me.credentials.audit({ credentialId: CREDENTIAL, limit: 1 });
  return rows[0]?.action === "read" && rows[0].reason === COMPARED;
}

async function isEqual(me: Scope, secret: Readonly<Record<string, string>>, actor: string): Promise<boolean> {
  const opened = await me.credentials.open(CREDENTIAL, { actor, reason: COMPARED, mode: "broker" });
  const names = Object.keys(opened.secret);
  return names.length === Object.keys(secret).length && names.every((name) => opened.secret[name]?.reveal() === secret[name]);
}

/** Takes the credential out again; its audit stays. */
export async function removeCredentials(me: Scope): Promise<boolean> {
  return me.credentials.delete(CREDENTIAL, { actor: "migration:trading-service", reason: "rollback to the files" });
}
