import { createPreferencesClient } from "@td/prefs/browser";
import { tradingPreferences } from "@td/prefs/trading";
import { attention } from "./attention.ts";
import type { Shown } from "./client.ts";
import { byId, say } from "./dom.ts";
import { insightList, watchlist } from "./lists.ts";
import { preferencesForm } from "./preferences-form.ts";
import { tryIt } from "./try-it.ts";

const { user } = (await (await fetch("/session")).json()) as { readonly user: string };
const client = createPreferencesClient(tradingPreferences, { account: user, baseUrl: "/api/user" });

const parts = [attention(client), preferencesForm(client), watchlist(client), insightList(client), connection];
const show = (shown: Shown): void => {
  for (const part of parts) part(shown);
};
client.subscribe(show);
show(client.get());

const move = async (): Promise<void> => (await import("./move-old-settings.ts")).moveOldSettings(client);
tryIt(user, move);
await client.load();
await move();
document.documentElement.dataset["ready"] = "true";

function connection(shown: Shown): void {
  const element = byId("connection", HTMLParagraphElement);
  const fine = (shown.connection === "online" || shown.connection === "unknown") && shown.conflicts.length === 0;
  element.dataset["state"] = fine ? "fine" : "waiting";
  say(element, connectionText(shown));
}

function connectionText({ connection: state, pending, conflicts, persistent, source }: Shown): string {
  const waiting = pending === 1 ? "1 change waits" : `${pending} changes wait`;
  const where = persistent ? "in this browser" : "in this page only: do not close it";
  switch (state) {
    case "unknown":
      return source === "browser" ? "As this browser remembers it" : "Loading";
    case "online":
      return pending === 0 ? "Saved" : conflicts.length > 0 ? "Please choose" : "Saving";
    case "offline":
    case "waiting":
      return pending === 0 ? "The server cannot be reached" : `The server cannot be reached: ${waiting} ${where}`;
    case "signed-out":
      return `Please sign in again: ${waiting} ${where}`;
    case "outdated":
      return "This page is out of date: load it again";
  }
}
