// The package in a real browser: the same trades give the same bytes as in Node.
import { fileURLToPath } from "node:url";
import { bundleForBrowser } from "@td/testkit";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { expect, test } from "vitest";
import { checkInvariants, compare, explain } from "../src/audit.ts";
import { createHistory } from "../src/history.ts";
import { allocate } from "../src/index.ts";
import { canonicalDecimal } from "../src/values.ts";
import { book } from "./book.ts";

const TRADES = book(`
  b1 buy 0.1 @ 0.2 fee=0.000000000000000001
  b2 buy 123456789012.123456789012345678 @ 0.000000001
  s1 sell 3.3333333333 @ 7 fee=0.01 seq=1
  s2 sell 999999999999 @ 1`);

const missing = chromiumMissing();
if (missing !== undefined) console.log(`fifo: the browser test does not run here, ${missing}`);

const scriptOf = (entry: string) => bundleForBrowser(fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url)), `${entry}Entry`);

test.runIf(missing === undefined)("every entry gives the same bytes in Chromium as in Node", async () => {
  const scripts = await Promise.all(["index", "history", "audit", "values"].map(scriptOf));
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    for (const content of scripts) await page.addScriptTag({ content });
    const inBrowser = (expression: string) =>
      page.evaluate(`(() => { const trades = ${JSON.stringify(TRADES)}; return ${expression}; })()`);
    const result = allocate(TRADES);
    expect(await inBrowser("JSON.stringify(indexEntry.allocate(trades))")).toBe(JSON.stringify(result));

    const history = createHistory();
    history.add(TRADES);
    const late = "historyEntry.createHistory()";
    expect(
      await inBrowser(`(() => { const book = ${late}; book.add(trades); return JSON.stringify([book.allocations(), book.totals()]); })()`),
    ).toBe(JSON.stringify([history.allocations(), history.totals()]));

    const looked = [checkInvariants(TRADES, result), explain(result, "s2"), compare(allocate(TRADES.slice(1)), result)];
    const look =
      "[auditEntry.checkInvariants(trades, result), auditEntry.explain(result, 's2'), auditEntry.compare(indexEntry.allocate(trades.slice(1)), result)]";
    expect(await inBrowser(`(() => { const result = indexEntry.allocate(trades); return JSON.stringify(${look}); })()`)).toBe(
      JSON.stringify(looked),
    );
    expect(looked[0]).toEqual([]);
    expect(await inBrowser("valuesEntry.canonicalDecimal('1.50')")).toEqual(canonicalDecimal("1.50"));
  } finally {
    await browser.close();
  }
});
