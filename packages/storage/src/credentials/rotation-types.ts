// What a host sees of a rotation.
import type { StorageErrorCode } from "../errors.ts";
import type { KeyUsageReport } from "./key-usage.ts";

/** How a rotation runs. */
export interface RotationOptions {
  /** Credentials per batch, 1 to 1000; default 100. A user's share of a batch is one transaction. */
  readonly batch?: number;
  /** Start after the cursor of an earlier progress report; default the beginning, which is always right and a little slower. */
  readonly after?: string;
  /** Stops between two transactions; the run throws its reason. */
  readonly signal?: AbortSignal;
  /** Told after each batch; awaited. */
  readonly onProgress?: (progress: RotationProgress) => void | Promise<void>;
  /** Who rotates, for the audit of every user; default `system:rotation`. */
  readonly actor?: string;
  /** Why, for the audit; default none. */
  readonly reason?: string;
}

/** What a rotation has done so far. seen = rotated + current + gone + failed. */
export interface RotationProgress {
  /** Credentials looked at. */
  readonly seen: number;
  /** Brought to the active key. */
  readonly rotated: number;
  /** Under the active key already. */
  readonly current: number;
  /** Deleted while it ran. */
  readonly gone: number;
  /** Left as they are: see the failures of the report. */
  readonly failed: number;
  /** The place reached, for `after`. */
  readonly cursor: string;
}

/** A credential that could not be brought to the active key. It was left as it is. */
export interface RotationFailure {
  /** The user. */
  readonly userId: string;
  /** The credential. */
  readonly credentialId: string;
  /** Why: `unknown-key`, `credential-tampered`, or `revision-conflict` when it kept changing. */
  readonly code: StorageErrorCode;
}

/** What a rotation has done. */
export interface RotationReport extends Omit<RotationProgress, "cursor"> {
  /** The key that the credentials are under now. */
  readonly activeKeyId: string;
  /** The first 100 failures. */
  readonly failures: readonly RotationFailure[];
  /** How many credentials each key has, counted afterwards. */
  readonly usage: KeyUsageReport;
}

/** Key rotation over all users of a storage. */
export interface CredentialRotation {
  /** How many credentials each key has. Only a key with none may leave the keyring. */
  usage(): Promise<KeyUsageReport>;
  /**
   * Wraps the data key of every credential anew with the active key; secrets stay closed. Safe to stop at any moment, to repeat and to run
   * beside readers, writers and other rotations: each credential is changed only while it is what was read.
   *
   * Throws `no-keyring`, `bad-cursor`, `bad-request`, and the reason of `signal`.
   */
  run(options?: RotationOptions): Promise<RotationReport>;
}
