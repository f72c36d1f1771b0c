// The guide's page runs in a real browser that holds what the guide says, and prints what the guide says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launchChromium } from "@td/testkit/chromium";
import { expect, onTestFinished, test } from "vitest";
import { tradingPreferences } from "../src/trading.ts";
import { startApi } from "./api.ts";
import { hasChromium } from "./browser-support.ts";
import { startSite } from "./site.ts";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/guides/move-local-storage.md"), "utf8");
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\b[^\\n]*\\n(.*?)^\`\`\`$`, "ms").exec(guide)?.[1] ?? "";

test.runIf(hasChromium)("docs/guides/move-local-storage.md moves what it says", async () => {
  const place = mkdtempSync(join(import.meta.dirname, "guide-")); // below the package, so that its imports are found
  onTestFinished(() => rmSync(place, { recursive: true }));
  const page = join(place, "page.ts");
  writeFileSync(page, block("ts"));
  const [api, browser] = await Promise.all([startApi(tradingPreferences), launchChromium()]);
  onTestFinished(() => api.close());
  onTestFinished(() => browser.close());
  const site = await startSite(api.handler, page);
  onTestFinished(() => site.close());

  const context = await browser.newContext();
  await context.addCookies([{ name: "user", value: "ann", url: site.url }]);
  const held = JSON.parse(block("json")) as Record<string, string>;
  await context.addInitScript((texts) => {
    for (const [key, text] of Object.entries(texts)) localStorage.setItem(key, text);
  }, held);
  const tab = await context.newPage();
  const printed: string[] = [];
  tab.on("console", (message) => printed.push(`${message.text()}\n`));
  await tab.goto(site.url);
  await tab.evaluate("td.start('ann')");
  expect(printed.join("")).toBe(block("text"));
  expect(await tab.evaluate(() => localStorage.getItem("chess.theme"))).toBe("wood");
});
