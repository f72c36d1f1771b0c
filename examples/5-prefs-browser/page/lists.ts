import type { Client, Shown } from "./client.ts";
import { button, byId, fill, make } from "./dom.ts";
import { insights } from "./insights.ts";

const DAY_MS = 86_400_000;

/** Builds the watchlist. Returns what shows a snapshot in it. */
export function watchlist(client: Client): (shown: Shown) => void {
  const symbol = byId("symbol", HTMLInputElement);
  const exchange = byId("exchange", HTMLSelectElement);
  const [list, empty] = [byId("watchlist", HTMLUListElement), byId("watchlist-empty", HTMLParagraphElement)];
  byId("watch", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void client.watchlist.add({ symbol: symbol.value, exchange: exchange.value === "" ? null : exchange.value });
    symbol.value = "";
    symbol.focus();
  });
  return (shown) => {
    empty.hidden = shown.watchlist.length > 0;
    const items = shown.watchlist.map((item) => {
      const name = item.exchange === null ? item.symbol : `${item.symbol} on ${item.exchange}`;
      const place = item.exchange === null ? [] : [make("span", { className: "tag" }, item.exchange)];
      const remove = button("Remove", () => void client.watchlist.remove(item), { about: name, look: "plain" });
      return make("li", {}, make("span", { className: "what" }, make("strong", {}, item.symbol), ...place), remove);
    });
    fill(list, items, byId("watchlist-title", HTMLHeadingElement));
  };
}

/** Builds the insights. Returns what shows a snapshot in them. */
export function insightList(client: Client): (shown: Shown) => void {
  const list = byId("insights", HTMLUListElement);
  const [empty, restore] = [byId("insights-empty", HTMLParagraphElement), byId("restore", HTMLButtonElement)];
  restore.addEventListener("click", () => {
    for (const { id } of client.get().dismissed) void client.dismissed.restore(id);
    byId("insights-title", HTMLHeadingElement).focus();
  });
  return ({ dismissed }) => {
    const hidden = new Set(dismissed.map(({ id }) => id));
    const open = insights.filter(({ id }) => !hidden.has(id));
    empty.hidden = open.length > 0;
    restore.hidden = open.length === insights.length;
    const items = open.map(({ id, title, text }) => {
      const what = make("span", { className: "what" }, make("strong", {}, title), make("span", { className: "quiet" }, text));
      const tomorrow = (): string => new Date(Date.now() + DAY_MS).toISOString();
      const dismiss = button("Dismiss", () => void client.dismissed.dismiss(id), { about: title, look: "plain" });
      const snooze = button("Snooze", () => void client.dismissed.dismiss(id, { until: tomorrow() }), {
        about: `${title} until tomorrow`,
        look: "plain",
      });
      return make("li", {}, what, make("span", { className: "actions" }, dismiss, snooze));
    });
    fill(list, items, byId("insights-title", HTMLHeadingElement));
  };
}
