// The last line of a manifest is the SHA-256 of what stands before it: its own fields are covered by no other hash.
import { createHash } from "node:crypto";

const SEAL = /,\n"sha256":"([0-9a-f]{64})"\}\n$/;

/** The text of a manifest with its seal. */
export function sealText(text: string): string {
  return `${text.replace(/\}\n$/, "")},\n"sha256":"${sha256(text)}"}\n`;
}

/** The text without its seal, or nothing when there is none or it does not fit. */
export function unsealText(sealed: string): string | undefined {
  const found = SEAL.exec(sealed);
  if (found === null) return undefined;
  const text = `${sealed.slice(0, found.index)}}\n`;
  return sha256(text) === found[1] ? text : undefined;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
