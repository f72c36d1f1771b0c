// Flags that are evidence: set once for each version of a text, never unset.
import type { Issue } from "../wire.ts";
import type { AcceptanceRule, PreferencesDefinition } from "./define-preferences.ts";
import { own, type JsonObject } from "./json.ts";
import { pointerOf } from "./pointer.ts";

/** One acceptance: of what, and of which version of it. */
export interface Accepted {
  /** What was accepted. */
  readonly name: string;
  /** Which version of it. */
  readonly version: string;
}

/** Why the rules refuse to go from one document to another. */
export function acceptanceIssues({ acceptances }: PreferencesDefinition, before: JsonObject, after: JsonObject): readonly Issue[] {
  return acceptances.flatMap((rule) => ruleIssues(rule, before, after));
}

function ruleIssues(rule: AcceptanceRule, before: JsonObject, after: JsonObject): readonly Issue[] {
  const was = acceptedIn(rule, before);
  if (own(after, rule.accepted) !== true)
    return was === undefined
      ? []
      : [{ pointer: pointerOf([rule.accepted]), message: `the ${rule.name} has been accepted, which cannot be taken back` }];
  return acceptedIn(rule, after) === undefined
    ? [{ pointer: pointerOf([rule.version]), message: `say which version of the ${rule.name} was accepted` }]
    : [];
}

function acceptedIn(rule: AcceptanceRule, document: JsonObject): string | undefined {
  const version = own(document, rule.version);
  return own(document, rule.accepted) === true && typeof version === "string" && version !== "" ? version : undefined;
}

/** What a document accepts that the one before did not. */
export function newlyAccepted({ acceptances }: PreferencesDefinition, before: JsonObject, after: JsonObject): readonly Accepted[] {
  return acceptances.flatMap((rule) => {
    const version = acceptedIn(rule, after);
    return version === undefined || version === acceptedIn(rule, before) ? [] : [{ name: rule.name, version }];
  });
}
