// Memory does not grow with the source.
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { records, runImport } from "@td/migrate";
import { expect, test } from "vitest";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { depth, folder, trade, user } from "./workbench.ts";

test("mode 20: a file does not fit into the heap whole; td imports and verifies it in constant memory", { timeout: 1_800_000 }, () => {
  const path = join(folder(), "big.jsonl"),
    count = depth(10_000, 240_000),
    file = openSync(path, "w");
  // 6 KiB each: 60 MiB, soak 1.4 GiB, against a heap of 64 MiB, of which the code takes a third.
  const note = "x".repeat(6 << 10);
  for (let at = 0; at < count; at += 100)
    writeSync(file, Array.from({ length: 100 }, (_, i) => `{"id":"n${at + i}","note":"${note}"}\n`).join(""));
  closeSync(file);
  const whole = `require("node:fs").readFileSync(${JSON.stringify(path)}, "utf8").split("\\n").slice(0, -1).map((line) => JSON.parse(line))`;
  expect(spawnSync(process.execPath, ["--max-old-space-size=64", "-e", whole]).status).not.toBe(0);
  const printed = execFileSync(process.execPath, ["--max-old-space-size=64", join(import.meta.dirname, "memory-child.ts"), path], {
    encoding: "utf8",
  });
  const { importMB, peakMB, ...found } = JSON.parse(printed) as { readonly importMB: number; readonly peakMB: number };
  expect(found).toMatchObject({ read: count, written: count, rejected: 0, verified: true });
  // 288 and 303 for 1.4 GiB; of a process that does nothing yet 120.
  expect([importMB < 300, peakMB < 330]).toEqual([true, true]);
});

test("no more records are taken from a generator than one group ahead of what is committed", async () => {
  let made = 0,
    committed = 0,
    ahead = 0;
  function* endless(): Generator {
    for (; made < 5000; made++) {
      ahead = Math.max(ahead, made - committed);
      yield trade(`t${made}`);
    }
  }
  await runImport(await user(), tradeRecordImport(records("generated", endless())), {
    batchSize: 500,
    onProgress: ({ read }) => (committed = read),
  });
  expect(committed).toBe(5000);
  expect(ahead).toBeLessThanOrEqual(1000);
});

test.each(["where", "read"])(
  "a verification of a dual write takes constant memory, its keys compared: %s",
  { timeout: 1_800_000 },
  (how) => {
    const [place, keys] = [folder(), depth(20_000, 1_000_000)];
    const child = (...args: readonly string[]): string =>
      execFileSync(process.execPath, ["--max-old-space-size=64", join(import.meta.dirname, "verify-memory-child.ts"), ...args], {
        encoding: "utf8",
      });
    child("fill", place, String(keys));
    const { peakMB, ...found } = JSON.parse(child(how, place, String(keys))) as { readonly peakMB: number };
    expect(found).toEqual({ matched: keys - 1, missing: 1 });
    // The heap has 64 MiB; the rest is the code and, at most 64 MiB each, SQLite's page caches.
    expect(peakMB).toBeLessThan(350);
  },
);
