// The site: every link leads somewhere, and in a real browser it is found, read and used, light and dark, on a desktop and on a phone.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, posix } from "node:path";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildSite } from "../site/build-site.ts";

/** Milliseconds: many times what anything here takes on a machine with nothing else to do. */
const PATIENCE_MS = 300_000;
const out = mkdtempSync(join(tmpdir(), "td-site-"));
let pages: readonly string[] = [];
beforeAll(async () => {
  pages = await buildSite(out);
}, PATIENCE_MS);
afterAll(() => rmSync(out, { recursive: true }));

const textOf = (path: string): string => readFileSync(join(out, path), "utf8");
const ids = new Map<string, ReadonlySet<string>>();
/** The anchors of a page; null when there is no such file. */
function idsOf(path: string): ReadonlySet<string> | null {
  const known =
    ids.get(path) ?? (existsSync(join(out, path)) ? new Set([...textOf(path).matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id)) : null);
  if (known !== null) ids.set(path, known);
  return known;
}

test("every link leads to a page of the site, and to a place on it", () => {
  const broken = pages.flatMap((page) => {
    const addresses = [...textOf(page).matchAll(/ (?:href|src)="(?!https?:|mailto:|data:)([^"]*)"/g)].map(([, address = ""]) => address);
    return addresses.filter((address) => !resolves(page, address)).map((address) => `${page}: ${address}`);
  });
  expect(broken).toEqual([]);
  expect(pages.length).toBeGreaterThan(100);
});

function resolves(page: string, address: string): boolean {
  const [path = "", anchor = ""] = address.split("#");
  const target = path === "" ? page : posix.join(dirname(page), path);
  const found = idsOf(target);
  return found !== null && (anchor === "" || found.has(decodeURIComponent(anchor)));
}

test("nothing is asked of another host", () => {
  const asked = pages.flatMap((page) =>
    [...textOf(page).matchAll(/<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:[^"]+)"/g)].map(([, address]) => address),
  );
  expect(asked).toEqual([]);
  expect(textOf("site.css")).not.toMatch(/https?:|@import/);
});

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

describe.runIf(chromiumMissing() === undefined)("in a browser", { timeout: PATIENCE_MS }, () => {
  const server = createServer((request, response) => {
    const path = join(out, new URL(request.url ?? "/", "http://localhost").pathname);
    if (!existsSync(path)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(readFileSync(path));
  });
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let url = "";
  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  async function tab(options: Parameters<typeof browser.newContext>[0], path: string) {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => void complaints.push(error.message));
    page.on("request", (request) => void (new URL(request.url()).origin === url || complaints.push(request.url())));
    await page.goto(`${url}/${path}`);
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  test("the search finds a guide and an export by the keyboard alone", async () => {
    await using opened = await tab({ viewport: { width: 1280, height: 800 } }, "docs/why/one-writer.html");
    const { page, complaints } = opened;
    await page.keyboard.press("/");
    await page.keyboard.type("restore drill");
    await page.locator("#results a").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/restore-drill\.html/);
    expect(await page.locator("h1").innerText()).toBe("Run a restore drill");

    await page.keyboard.press("/");
    await page.keyboard.type("verifyBackup");
    await page.locator("#results a").first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/api\/backup\.html#verifyBackup/);
    expect(await page.locator("#verifyBackup").isVisible()).toBe(true);

    await page.keyboard.press("/");
    await page.keyboard.type("qqqqzz");
    await page.getByText("Nothing found.").waitFor();
    await page.keyboard.press("Escape");
    expect(await page.locator("#results").isHidden()).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("it works from the disk, without a server", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`file://${join(out, "docs/start.html")}`);
    await page.fill("#search", "dirty key");
    await page
      .locator("#results a", { hasText: /^Dirty key/ })
      .first()
      .click();
    await page.waitForURL(/dirty-key\.html/);
    expect(await page.locator("h1").innerText()).toBe("Dirty key");
    await page.close();
  });

  test("a phone shows each page without scrolling sideways, and its menu opens", async () => {
    await using opened = await tab({ viewport: { width: 390, height: 844 }, hasTouch: true }, "index.html");
    const { page, complaints } = opened;
    await page.locator("#menu").tap();
    await page.locator("nav summary", { hasText: "Guides" }).tap();
    await page.locator("nav").getByText("Rotate the keys of credentials").tap();
    await page.waitForURL(/rotate-keys/);
    const looked =
      process.env["TD_DEPTH"] === "soak"
        ? pages
        : pages.filter((path) =>
            /^(index|docs\/(start|index|promises)|api\/(storage|prefs-browser))|(legacy-contradictions|cut-over|story-arena|storage\/index)\.html$/.test(
              path,
            ),
          );
    const wide: string[] = [];
    for (const path of looked) {
      await page.goto(`${url}/${path}`);
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) wide.push(path);
    }
    expect(looked.length).toBeGreaterThan(8);
    expect(wide).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("its words stand out from the ground, %s", async (colorScheme) => {
    await using opened = await tab({ colorScheme }, "docs/guides/cut-over.html");
    const contrasts = await opened.page.evaluate(() => {
      const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
      const light = (color: string): number => {
        const [r = 0, g = 0, b = 0] = channels(color).map((c) =>
          c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const groundOf = (node: Element): string => {
        const color = getComputedStyle(node).backgroundColor;
        return color === "rgba(0, 0, 0, 0)" && node.parentElement !== null ? groundOf(node.parentElement) : color;
      };
      return [...document.querySelectorAll("main p, main a, main pre span, main code, nav a, .home")].map((node) => {
        const [a = 0, b = 0] = [light(getComputedStyle(node).color), light(groundOf(node))].toSorted((x, y) => y - x);
        return { text: node.textContent?.slice(0, 30) ?? "", contrast: (a + 0.05) / (b + 0.05) };
      });
    });
    expect(contrasts.length).toBeGreaterThan(100);
    expect(contrasts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
  });
});
