// What every part of the server side works with, and who asks it for what.
import type { Scope, Storage } from "@td/storage";
import { storable } from "../core/check-json.ts";
import type { PreferencesDefinition } from "../core/define-preferences.ts";
import { PrefsError } from "../errors.ts";
import type { PreferencesTable } from "./tables.ts";

/** What the parts share. */
export interface Context<Definition extends PreferencesDefinition = PreferencesDefinition> {
  readonly definition: Definition;
  readonly storage: Storage;
  readonly table: PreferencesTable;
  readonly now: () => Date;
}

/** Who asks for a change, and why: put on record with it. */
export interface ChangedBy {
  /** Who asks, 1 to 200 characters; default the user. */
  readonly actor?: string;
  /** Why, up to 500 characters; default not said. */
  readonly reason?: string;
  /** The request that asks, up to 100 characters; default not said. */
  readonly requestId?: string;
}

/** A user's rows inside a transaction, and who changes them. */
export interface Work {
  readonly context: Context;
  readonly tx: Scope;
  readonly at: Date;
  readonly by: Required<{ readonly [Key in keyof ChangedBy]: string | null }> & { readonly actor: string };
}

/** Runs work in one transaction: what it changes and what it puts on record are kept together or not at all. */
export async function inTransaction<R>(context: Context, userId: string, by: ChangedBy, work: (work: Work) => Promise<R>): Promise<R> {
  const who = {
    actor: bounded("actor", by.actor ?? userId, 1, 200),
    reason: by.reason === undefined ? null : bounded("reason", by.reason, 0, 500),
    requestId: by.requestId === undefined ? null : bounded("requestId", by.requestId, 0, 100),
  };
  return context.storage.forUser(userId).transaction((tx) => work({ context, tx, at: context.now(), by: who }));
}

/** The text when it has a bearable length. Throws `bad-request`. */
export function bounded(name: string, text: unknown, least: number, most: number): string {
  if (typeof text === "string" && text.length >= least && text.length <= most && storable(text)) return text;
  throw badRequest(name, `text of ${least} to ${most} characters without NUL`);
}

/** The refusal of an argument. */
export function badRequest(name: string, what: string): PrefsError {
  return new PrefsError("bad-request", `${name} must be ${what}: nothing was changed.`, { argument: name });
}
