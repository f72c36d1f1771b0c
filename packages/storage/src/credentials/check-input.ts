// Checks what callers give. Pure.
import { badRequest } from "./failures.ts";
import { encodeSecret } from "./secret-record.ts";
import type { CredentialActor, CredentialInput } from "./types.ts";

/** A credential that was checked. */
export interface CheckedInput extends Omit<CredentialInput, "secret"> {
  /** The secret as it will be sealed; to be wiped afterwards. */
  readonly bytes: Uint8Array;
}

/** A credential, checked. Throws `bad-request`, `value-rejected`. */
export function checkedInput({ id, broker, mode, label, secret }: CredentialInput): CheckedInput {
  const names = { id: checkedText("id", id, 200), broker: checkedText("broker", broker, 200) };
  if (mode !== "paper" && mode !== "broker") throw badRequest(`the mode is "paper" or "broker"`);
  return { ...names, mode, ...(label === undefined ? {} : { label: checkedText("label", label, 200, 0) }), bytes: encodeSecret(secret) };
}

/** Who does something, checked. Throws `bad-request`. */
export function checkedActor({ actor, reason }: CredentialActor): CredentialActor {
  const who = { actor: checkedText("actor", actor, 200) };
  return reason === undefined ? who : { ...who, reason: checkedText("reason", reason, 1000, 0) };
}

// The value is not repeated: it may be a secret in the wrong place.
function checkedText(name: string, value: unknown, most: number, least = 1): string {
  if (typeof value === "string" && value.length >= least && value.length <= most) return value;
  throw badRequest(`${name} is a text of ${least} to ${most} characters`);
}
