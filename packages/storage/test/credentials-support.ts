// What the tests of credentials share: keys of known bytes, sealed secrets of known bytes, failures that must not show a secret.
import { inspect } from "node:util";
import { expect } from "vitest";
import type { KeyringKey, StorageError, StorageErrorCode } from "../src/index.ts";
import { StorageError as StorageFailure } from "../src/index.ts";
import type { CredentialIdentity } from "../src/credentials/identity.ts";

/** `count` bytes that count up from `from`. */
export function bytes(from: number, count = 32): Uint8Array {
  return Uint8Array.from({ length: count }, (_, at) => (from + at) % 256);
}

/** A key of known bytes. */
export function key(id: string, from: number): KeyringKey {
  return { id, key: bytes(from) };
}

/** Three different keys. */
export const K1: KeyringKey = key("k1", 200);
export const K2: KeyringKey = key("k2-2026_11", 100);
export const K3: KeyringKey = key("k3", 150);

/** "Random" bytes that count up from 0, over all calls. */
export function counting(): (size: number) => Uint8Array {
  let at = 0;
  return (size) => bytes((at += size) - size, size);
}

/** A plain identity. */
export const ANN: CredentialIdentity = { userId: "ann", broker: "zerodha", credentialId: "main", mode: "paper" };

/** A value that is there. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

/** Everything that a person or a log could see of a value. */
export function allFacesOf(value: unknown): string {
  const error = value instanceof Error ? [value.message, value.stack ?? "", inspect(value.cause, { depth: 9, showHidden: true })] : [];
  return [
    ...error,
    inspect(value, { depth: 9, showHidden: true }),
    inspect(value, { customInspect: false, depth: 9 }),
    JSON.stringify(value),
  ].join("\n");
}

/** The failure of a piece of work; it must be a StorageError of one of the codes, and show none of the secrets. */
export async function typedFailure(
  work: () => unknown,
  codes: readonly StorageErrorCode[],
  secrets: readonly string[] = [],
): Promise<StorageError> {
  const outcome = await new Promise((resolve) => resolve(work())).then(
    (value) => expect.fail(`expected ${codes.join(" or ")}, but it gave ${inspect(value)}`),
    (error: unknown) => error,
  );
  if (!(outcome instanceof StorageFailure)) throw outcome;
  expect(codes).toContain(outcome.code);
  expect(secrets.filter((secret) => allFacesOf(outcome).includes(secret))).toEqual([]);
  return outcome;
}
