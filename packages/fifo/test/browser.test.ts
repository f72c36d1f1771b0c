// The package in a real browser: the same trades give the same bytes as in Node.
import { fileURLToPath } from "node:url";
import { bundleForBrowser } from "@td/testkit";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { expect, test } from "vitest";
import { allocate } from "../src/index.ts";
import { book } from "./book.ts";

const TRADES = book(`
  b1 buy 0.1 @ 0.2 fee=0.000000000000000001
  b2 buy 123456789012.123456789012345678 @ 0.000000001
  s1 sell 3.3333333333 @ 7 fee=0.01 seq=1
  s2 sell 999999999999 @ 1`);

const missing = chromiumMissing();
if (missing !== undefined) console.log(`fifo: the browser test does not run here, ${missing}`);

test.runIf(missing === undefined)("gives the same bytes in Chromium as in Node", async () => {
  const script = await bundleForBrowser(fileURLToPath(new URL("../src/index.ts", import.meta.url)), "fifo");
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    const inBrowser = await page.evaluate(`JSON.stringify(fifo.allocate(${JSON.stringify(TRADES)}))`);
    expect(inBrowser).toBe(JSON.stringify(allocate(TRADES)));
  } finally {
    await browser.close();
  }
});
