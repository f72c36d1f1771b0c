// The report is readable by people: on paper, and in a browser on a desk and on a phone.
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import type { RecordStore } from "@td/migrate";
import { expect, test } from "vitest";
import { ADA, bench, bring } from "./dual-workbench.ts";
import { quote, scanned, type Quote } from "./store-conformance.ts";
import { folder } from "./workbench.ts";

/** PnL by symbol: here the sum of whole prices. */
const figures = async (store: RecordStore<Quote>): Promise<Readonly<Record<string, string>>> => {
  const total = (await scanned(store)).reduce((sum, { value }) => sum + BigInt(value.price.split(".")[0] ?? "0"), 0n);
  return { "PnL BTC-USD": String(total), "PnL ETH-USD": "-12.50" };
};

async function finished(): Promise<{ readonly markdown: string; readonly html: string; readonly reports: string }> {
  const at = await bench("file to rows");
  const reports = join(folder(), "reports");
  const dual = at.open({ name: "quotes <of> | the bot", figures, reports });
  await dual.put(Array.from({ length: 12 }, (_, turn) => quote(`order-${turn}`, String(turn * 100))));
  await bring(dual, "validate");
  await at.next.put([quote("order-3", "999", "wrong")]);
  await at.next.delete(["order-5"]);
  await dual.verify({ by: "nightly job", why: "schedule" });
  return { ...(await dual.report()), reports };
}

test("says counts, divergences, figures side by side, gates, times and decisions", async () => {
  const { markdown, reports } = await finished();
  expect(markdown).toContain("# Migration of quotes \\<of\\> \\| the bot");
  expect(markdown).toContain("| records | 12 | 11 |");
  expect(markdown).toContain("| order-3 | different | note, price |");
  expect(markdown).toContain("| order-5 | missing |  |");
  expect(markdown).toContain("| PnL BTC-USD | 6600 | 6799 | differs |");
  expect(markdown).toContain("| PnL ETH-USD | -12.50 | -12.50 | equal |");
  expect(markdown).toContain("| dirty-keys | no | 2 keys are dirty: call repair() |");
  expect(markdown).toMatch(/\| legacy \| write \| 1 \| [\d.]+ \| [\d.]+ \| [\d.]+ \|/);
  expect(markdown).toMatch(/\| next \| read \| \d+ \|/);
  expect(markdown).toContain("| nightly job | verified (validate) | schedule |");
  expect(readdirSync(reports).toSorted()).toEqual([
    "quotes-of-the-bot-0002-dual-write.html",
    "quotes-of-the-bot-0002-dual-write.md",
    "quotes-of-the-bot-0005-validate.html",
    "quotes-of-the-bot-0005-validate.md",
  ]);
  expect(readFileSync(join(reports, "quotes-of-the-bot-0005-validate.md"), "utf8")).toContain("in phase validate");
});

test("a side that cannot be read, and a folder that cannot be written, are said and stop nothing", async () => {
  const at = await bench("outside");
  const dual = at.open({ reports: join("/dev/null", "no") });
  await dual.advance(ADA);
  expect(at.events.some(({ kind }) => kind === "report-failed")).toBe(true);
  at.nextFault.read = "refuse";
  await at.next.put([quote("a")]);
  expect((await dual.report()).markdown).toContain("| records | 0 | connection refused |");
});

test.skipIf(chromiumMissing() !== undefined)("is one page that fits a desk and a phone, without any other file", async () => {
  const { html } = await finished();
  const path = join(mkdtempSync(join(tmpdir(), "td-report-")), "report.html");
  writeFileSync(path, html);
  const browser = await launchChromium();
  try {
    for (const width of [1280, 360]) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await page.goto(`file://${path}`);
      expect(asked).toEqual([`file://${path}`]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
      expect(await page.evaluate("document.querySelector('[aria-current]').textContent")).toBe("validate");
      expect(await page.evaluate("document.querySelector('h1').textContent")).toBe("Migration of quotes <of> | the bot");
      if (process.env["TD_SCREENSHOTS"] !== undefined)
        await page.screenshot({ path: join(process.env["TD_SCREENSHOTS"], `report-${width}.png`), fullPage: true });
      await page.close();
    }
  } finally {
    await browser.close();
  }
});
