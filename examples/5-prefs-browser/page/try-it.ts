// The switches of the demonstration. No part of a real page.
import { byId } from "./dom.ts";
import { oldBrowser } from "./old-browser.ts";

const post = (path: string, body: object): Promise<Response> =>
  fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Connects the switches. */
export function tryIt(user: string, importAgain: () => Promise<void>): void {
  const who = byId("who", HTMLSelectElement);
  if (![...who.options].some(({ value }) => value === user)) who.add(new Option(user));
  who.value = user;
  byId("account", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    void post("/session", { user: who.value }).then(() => location.reload());
  });
  const outage = byId("outage", HTMLInputElement);
  outage.addEventListener("change", () => void post("/demo/outage", { down: outage.checked }));
  void fetch("/demo/outage")
    .then((answer) => answer.json())
    .then(({ down }: { down: boolean }) => (outage.checked = down));
  byId("plant", HTMLButtonElement).addEventListener("click", () => {
    for (const [key, text] of Object.entries(oldBrowser)) localStorage.setItem(key, text);
    void importAgain();
  });
  byId("run-import", HTMLButtonElement).addEventListener("click", () => void importAgain());
}
