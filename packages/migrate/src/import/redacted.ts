// What is kept in the place of a record that names a secret: enough to tell it from others in its source, and nothing of what it says.
import { createHash } from "node:crypto";

/** The text that is kept for a record of these bytes. */
export function redactedText(bytes: Uint8Array): string {
  return JSON.stringify({ redacted: true, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
}

/** Whether a text is one that {@link redactedText} made. */
export function isRedacted(text: string): boolean {
  return /^\{"redacted":true,"bytes":\d+,"sha256":"[0-9a-f]{64}"\}$/.test(text);
}
