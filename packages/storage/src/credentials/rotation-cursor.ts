// The place that a rotation has reached, as an opaque text. Pure.
import { StorageError } from "../errors.ts";
import type { CredentialPlace } from "./credential-system.ts";

const CURSOR = "td:rotation:1";

/** The cursor of a place. */
export function writeCursor(place: CredentialPlace): string {
  return Buffer.from(JSON.stringify([CURSOR, ...place]), "utf8").toString("base64url");
}

/** The place of a cursor. Throws `bad-cursor`. */
export function readCursor(cursor: string): CredentialPlace {
  const [version, userId, id, ...more] = cursorParts(cursor);
  if (version === CURSOR && typeof userId === "string" && typeof id === "string" && more.length === 0) return [userId, id];
  throw new StorageError(
    "bad-cursor",
    "This is not a cursor of a rotation: pass the cursor of a progress report, or none to start at the beginning.",
  );
}

function cursorParts(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
