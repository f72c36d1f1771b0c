// What a page pays for computing lots: the front page's bundle, decimal.js excluded, minified and gzipped.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleWithout } from "@td/testkit";
import { expect, test } from "vitest";

const LIMIT = 12_000; // bytes

test("the bundle of @td/fifo stays under 12 kB", async () => {
  const script = await bundleWithout(fileURLToPath(new URL("../src/index.ts", import.meta.url)), ["decimal.js"]);
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(LIMIT);
});
