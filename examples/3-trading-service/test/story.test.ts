// The story on both engines: forward, again, back to the files, forward once more, and to the end.
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { dualWriteTables, importTables } from "@td/migrate";
import { openStorage } from "@td/storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeTree } from "../made-tree.ts";
import type { Report } from "../report.ts";
import { hashesOf } from "../tree.ts";
import { back, databaseOn, folder, forward, go, newFolder, readableText, remove, SOAK } from "./workbench.ts";

/** For a machine that does many things at once. */
const LONG = { timeout: 240_000 };

const SECRETS = ["made-up-consumer-key", "made-up secret # with a hash", "made-up-password"];

test.each(["sqlite", "postgres"] as const)("on %s: to the cutover, again, back to the files, and on to the end", LONG, async (engine) => {
  const out = folder();
  const { every, first } = await databaseOn(engine);
  const args = ["--out", out, ...every];
  const report = await forward(...args, ...first);
  await expect(readableText(report, out)).toMatchFileSnapshot("golden/forward.txt");
  const tree = hashesOf(join(out, "tree"));
  expect(await forward(...args)).toEqual(report);
  expect(hashesOf(join(out, "tree"))).toEqual(tree);

  const wayBack = await back(...args);
  await expect(readableText(wayBack, out)).toMatchFileSnapshot("golden/back.txt");
  expectOnlyTradedOrdersToDiffer(out);
  expect(await back(...args)).toMatchObject({ imports: [], pendingRowsRemoved: 0, filesBroughtBack: 0, tree: wayBack.tree });

  const end = await forward(...args, "--finish");
  expect(end).toMatchObject({ pending: { phase: "archived", dirtyKeys: 0, inFile: null, inTable: 13 }, knownAnswer: { right: true } });
  expect(existsSync(join(out, "tree/data/archive/pending_orders/pending_orders.json"))).toBe(true);
  expect(await forward(...args)).toEqual({ ...end, way: "forward" });
  await expect(go(...args, "--back")).rejects.toMatchObject({ code: "behind-the-last-phase" });
});

/** Every order of pending_orders.json that was not traded has its bytes of before. */
function expectOnlyTradedOrdersToDiffer(out: string): void {
  const before = makeTree({ seed: 1 }).files["data/pending_orders.json"] ?? "";
  const after = readFileSync(join(out, "tree/data/pending_orders.json"), "utf8");
  const ended = ["250000090010", "250000090011"];
  const untouched = (before.match(/ {4}\{[^}]*\}/g) ?? []).filter((text) => !ended.some((id) => text.includes(id)));
  expect(untouched).toHaveLength(4);
  for (const text of untouched) expect(after).toContain(text);
  const { orders } = JSON.parse(after) as { readonly orders: readonly { readonly order_id: string }[] };
  expect(orders.filter(({ order_id }) => order_id.startsWith("26"))).toHaveLength(6);
  expect(orders).toHaveLength(12);
}

describe("after one run", () => {
  const out = newFolder();
  let report: Report;
  beforeAll(async () => {
    report = await forward("--out", out);
  });
  afterAll(() => remove(out));

  test("the commands of the report read what the database holds", () => {
    const file = new DatabaseSync(join(out, "td.db"), { readOnly: true });
    const counts = report.database.commands.map((command) => file.prepare(/"(.*)"$/.exec(command)?.[1] ?? "").all().length);
    file.close();
    expect(counts).toEqual([41, 12, 9]);
  });

  test("secrets are in the vault, and nowhere else", () => {
    expect(report.vault).toMatchObject({ equal: true, keyId: "demo-1", empty: ["KOTAK_TOTP_SECRET"] });
    const texts = [JSON.stringify(report), readableText(report, out), readFileSync(join(out, "td.db"), "latin1")];
    for (const text of texts) for (const secret of SECRETS) expect(text.includes(secret)).toBe(false);
  });

  test("two users' tasks ran beside each other, and what failed for one is on no record of the other", () => {
    const [own, paper] = report.services;
    expect([own?.user, own?.errorCount, own?.lastError]).toEqual(["default", 0, null]);
    expect(own?.tasks.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => "success"));
    expect([paper?.user, paper?.errorCount]).toEqual(["paper", 1]);
    expect(paper?.lastError).toContain("insufficient balance: 73210.45 free");
    // The task behind the one that failed ran.
    expect(paper?.tasks.at(-1)).toMatchObject({ task: "eod_cleanup", status: "success" });
  });

  test("the rows of the user that was made can be given to a real one", async () => {
    const copy = join(folder(), "td.db");
    copyFileSync(join(out, "td.db"), copy);
    const storage = await openStorage(`sqlite:${copy}`, { tables: [...importTables, ...dualWriteTables] });
    const system = await storage.system.open({ actor: "ops:kim", action: "reassign", reason: "ada signed up" });
    expect(await system.reassign({ from: "default", to: "ada" })).toMatchObject({ done: true });
    const [made, ada] = [storage.forUser("default"), storage.forUser("ada")];
    expect([await made.fills.count(), await ada.fills.count(), await ada.positions.count()]).toEqual([0, 77, 41]);
    await storage.close();
  });

  test("each phase has left a report for people", () => {
    const names = readdirSync(join(out, "reports")).filter((name) => name.endsWith(".md"));
    expect(names).toEqual(["dual-write", "validate", "cutover"].map((phase) => expect.stringMatching(new RegExp(`-${phase}\\.md$`))));
  });
});

test("equal seeds make equal trees, another seed another one with an answer of its own", LONG, async () => {
  expect(makeTree({ seed: 7 })).toEqual(makeTree({ seed: 7 }));
  expect(makeTree({ seed: 7 }).files).not.toEqual(makeTree({ seed: 8 }).files);
  for (const seed of SOAK ? Array.from({ length: 30 }, (_, at) => at) : [8]) {
    expect((await forward("--out", folder(), "--seed", String(seed))).knownAnswer).toEqual({ right: true, differences: [] });
  }
});
