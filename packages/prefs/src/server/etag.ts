// Entity tags. They are bound to the user, so that a browser's cache never shows one user the answer of another.
import { hash } from "node:crypto";

/** The tag of preferences: the revision in the clear, then what else the answer depends on. */
export function preferencesTag(userId: string, revision: number, content: unknown): string {
  return `"r${revision}.${digest(userId, content)}"`;
}

/** The tag of a list. */
export function listTag(userId: string, content: unknown): string {
  return `"l.${digest(userId, content)}"`;
}

function digest(userId: string, content: unknown): string {
  return hash("sha256", JSON.stringify([userId, content]), "base64url").slice(0, 22);
}
