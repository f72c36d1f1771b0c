// The search and the menu of a phone. Everything else works without a script.
import MiniSearch from "minisearch";
import { SEARCH_OPTIONS, type SearchEntry } from "./search-options.ts";

const root = document.documentElement.dataset["root"] ?? ".";
const input = element("search", HTMLInputElement);
const results = element("results", HTMLElement);
const menu = element("menu", HTMLButtonElement);
const SHOWN = 12;

function element<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

let loading: Promise<MiniSearch<SearchEntry>> | undefined;

/** By a script, not by a request: that works from the disk too. */
function index(): Promise<MiniSearch<SearchEntry>> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}/search-index.js`;
    script.addEventListener("load", () => {
      const { tdSearchIndex = "" } = globalThis as { tdSearchIndex?: string };
      resolve(MiniSearch.loadJSON<SearchEntry>(tdSearchIndex, SEARCH_OPTIONS));
    });
    script.addEventListener("error", () => reject(new Error("the search index is missing")));
    document.head.append(script);
  });
  return loading;
}

async function search(): Promise<void> {
  const words = input.value.trim();
  if (words === "") return close();
  const found = (await index()).search(words).slice(0, SHOWN);
  if (words !== input.value.trim()) return; // typed on meanwhile
  results.replaceChildren(
    ...(found.length === 0 ? [said("Nothing found.")] : found.map(({ id, title, page }) => hit(String(id), String(title), String(page)))),
  );
  results.hidden = false;
}

function hit(path: string, title: string, page: string): HTMLElement {
  const link = document.createElement("a");
  link.href = `${root}/${path}`;
  const where = document.createElement("small");
  where.textContent = page;
  link.append(title, where);
  return link;
}

function said(text: string): HTMLElement {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}

function close(): void {
  results.hidden = true;
}

/** Arrow keys go through the input and the results; Escape leads back to the input. */
function move(event: KeyboardEvent): void {
  const stops = [input, ...results.querySelectorAll("a")];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  if (event.key === "Escape") {
    close();
    input.focus();
  }
  if (event.key === "ArrowDown" && !results.hidden) stops[Math.min(at + 1, stops.length - 1)]?.focus();
  else if (event.key === "ArrowUp" && at > 0) stops[at - 1]?.focus();
  else if (event.key === "Enter" && at === 0) results.querySelector("a")?.click();
  else if (event.key !== "Escape") return;
  event.preventDefault();
}

input.addEventListener("focus", () => void index());
input.addEventListener("input", () => void search());
for (const part of [input, results]) part.addEventListener("keydown", move);
document.addEventListener("click", ({ target }) => {
  if (target instanceof Node && !results.contains(target) && target !== input) close();
  if (target instanceof HTMLAnchorElement && results.contains(target)) close();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey;
  if (event.key !== "/" || typing) return;
  event.preventDefault();
  input.focus();
});

menu.addEventListener("click", () => {
  const open = document.body.classList.toggle("menu-open");
  menu.setAttribute("aria-expanded", String(open));
});
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "center" });
window.scrollTo(0, 0);
if (location.hash !== "") document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
