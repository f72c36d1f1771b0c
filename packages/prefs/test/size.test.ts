// What a page pays for the client, minified and gzipped. It imports no zod, and nothing of Node: the bundle would fail.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleWithout } from "@td/testkit";
import { expect, test } from "vitest";

const LIMIT = 6_000; // bytes

test("the bundle of @td/prefs/browser stays under 6 kB, and holds no zod", async () => {
  const script = await bundleWithout(fileURLToPath(new URL("../src/browser/index.ts", import.meta.url)), []);
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(LIMIT);
  expect(script).not.toMatch(/zod|^import/);
});
