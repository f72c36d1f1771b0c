// The one-time move, loaded when the page stands: it is needed as long as there are old keys.
import { importOnce, type ImportOutcome } from "@td/prefs/browser/import";
import type { Client } from "./client.ts";
import { byId, make } from "./dom.ts";
import { oldKeys } from "./old-keys.ts";

/** Moves the old keys to the account and says what happened. */
export async function moveOldSettings(client: Client): Promise<void> {
  const outcome = await importOnce(client, oldKeys, { afterImport: "remove" });
  const rows = rowsOf(outcome);
  byId("import", HTMLElement).hidden = rows.length === 0;
  byId("import-title", HTMLElement).textContent = TITLES[outcome.status];
  byId("import-summary", HTMLElement).textContent = summaryOf(outcome);
  byId("import-keys", HTMLElement).replaceChildren(...rows.map(([key, fate]) => make("tr", {}, make("td", {}, key), make("td", {}, fate))));
}

const TITLES: Readonly<Record<ImportOutcome["status"], string>> = {
  imported: "Moved to your account",
  already: "In your account",
  nothing: "Nothing to move",
  postponed: "Waiting for the server",
  unconfirmed: "Not confirmed yet",
};

function rowsOf({ moved, removed, superseded, empty, quarantined, others, local, unknown }: ImportOutcome): (readonly [string, string])[] {
  return [
    ...quarantined.map(({ key, reason }) => [key, `Could not be read: ${reason}. It stays here as it is.`] as const),
    ...moved.map((key) => [key, removed.includes(key) ? "In your account, and removed here." : "In your account."] as const),
    ...superseded.map((key) => [key, "Another key says something newer. It stays here."] as const),
    ...empty.map((key) => [key, "Nothing was chosen. It stays here."] as const),
    ...others.map((key) => [key, "Somebody else has moved this from this browser. It stays here."] as const),
    ...unknown.map((key) => [key, "This page does not know it. It stays here, unread."] as const),
    ...local.map((key) => [key, "Belongs to this browser. It stays here."] as const),
  ];
}

function summaryOf({ status, reports, quarantined }: ImportOutcome): string {
  if (status === "postponed") return "Your settings are safe in this browser. They move as soon as the server can be reached.";
  const count = (list: "applied" | "kept" | "removed"): number =>
    reports.flatMap(({ preferences, watchlist, dismissed }) => [preferences, watchlist, dismissed].flatMap((part) => part[list])).length;
  const parts = [
    [count("applied"), "taken over"],
    [count("kept"), "that your account had already"],
    [count("removed"), "that you had removed there"],
    [quarantined.length, "that could not be read"],
  ] as const;
  const said = parts.flatMap(([number, words]) => (number === 0 ? [] : [`${number} ${words}`]));
  return status === "imported" ? `${said.join(", ")}.` : "Nothing new was found in this browser.";
}
