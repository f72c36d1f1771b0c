// What needs the user: places that were changed here and elsewhere, and changes that the server refuses.
import type { FieldConflict, Refused } from "@td/prefs/browser";
import type { Client, Shown } from "./client.ts";
import { button, byId, make } from "./dom.ts";

/** Returns what shows a snapshot's conflicts and refused changes. */
export function attention(client: Client): (shown: Shown) => void {
  const place = byId("attention", HTMLDivElement);
  let before = "";
  return ({ conflicts, refused }) => {
    const now = JSON.stringify([conflicts, refused]);
    if (now === before) return;
    before = now;
    place.replaceChildren(...conflicts.map((conflict) => conflictNotice(client, conflict)), ...refused.map((one) => refusal(client, one)));
  };
}

function conflictNotice(client: Client, { path, mine, theirs }: FieldConflict): HTMLElement {
  const choose = (choice: "mine" | "theirs") => () => {
    void client.resolve(path, choice);
    byId("main", HTMLElement).focus();
  };
  const options = make("div", { className: "row" });
  options.append(button(`Keep ${words(mine)}`, choose("mine")), button(`Take ${words(theirs)}`, choose("theirs")));
  return make("div", { className: "notice" }, make("h2", {}, `${nameOf(path)} was changed on another device, too`), options);
}

function refusal(client: Client, { id, what, issues }: Refused): HTMLElement {
  const drop = button("Drop this change", () => {
    client.discard(id);
    byId("main", HTMLElement).focus();
  });
  const reason = make("p", {}, issues.map(({ message }) => message).join("; "));
  return make("div", { className: "notice" }, make("h2", {}, `${nameOf(what)} was not accepted`), reason, drop);
}

/** `/riskProfile` -> Risk profile */
function nameOf(path: string): string {
  const words_ = path
    .replace(/^\//, "")
    .replaceAll("/", ", ")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words_.charAt(0).toUpperCase() + words_.slice(1);
}

function words(value: unknown): string {
  if (value === undefined) return "the default";
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value);
}
