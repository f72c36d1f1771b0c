// One request on its way: who asks, for what, and what was said beside the body.
import { HEADERS } from "../wire.ts";
import type { Preferences } from "../server/create-preferences.ts";
import type { ChangedBy } from "../server/context.ts";
import { ProblemError } from "./problem.ts";
import { plainTag } from "./respond.ts";
import type { Routed } from "./route.ts";

/** A request that was let in. */
export interface Call {
  readonly prefs: Preferences;
  readonly request: Request;
  readonly url: URL;
  readonly userId: string;
  readonly route: Routed;
  readonly maxBytes: number;
  /** Put on record with every change. */
  readonly by: ChangedBy;
}

/** What a request expects of what it changes. */
export type Precondition =
  | { readonly kind: "none" | "any" | "absent" }
  /** The revision alone, or with the whole tag. */
  | { readonly kind: "tag"; readonly tag: string; readonly revision: number | undefined };

/** The precondition of a request that changes something. */
export function preconditionOf({ headers }: Request): Precondition {
  if (headers.get(HEADERS.ifNoneMatch)?.trim() === "*") return { kind: "absent" };
  const match = headers.get(HEADERS.ifMatch);
  if (match === null) return { kind: "none" };
  if (match.trim() === "*") return { kind: "any" };
  const tag = plainTag(match);
  const revision = /^"r(\d{1,15})(?:\.[\w-]+)?"$/.exec(tag)?.[1];
  return { kind: "tag", tag, revision: revision === undefined ? undefined : Number(revision) };
}

/** A whole number in a query, or `undefined` when it is not there. Throws problem 400. */
export function numberIn(url: URL, name: string): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ProblemError("bad-request", `${name} in the query must be a whole number.`);
}

/** Passes when the client that writes is not older than the server. Throws problems 400 and 409. */
export function checkClient({ request, prefs }: Call): void {
  const text = request.headers.get(HEADERS.schemaVersion);
  if (text === null) return;
  if (!/^\d{1,9}$/.test(text)) throw new ProblemError("bad-request", `${HEADERS.schemaVersion} must be a whole number.`);
  const { version } = prefs.definition;
  if (Number(text) >= version) return;
  throw new ProblemError(
    "client-too-old",
    `Nothing was changed: the client writes version ${text}, the server has ${version}. Load the page anew.`,
  );
}
