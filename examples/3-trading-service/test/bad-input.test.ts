// What is said when something cannot be used, and that nothing is left behind.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readArgs } from "../args.ts";
import { describeFailure } from "@td/example-shared/failure";
import { folder, forward, go, start, treeOf } from "./workbench.ts";

describe("a command line that makes no sense", () => {
  test.each([
    [["--bakc"], "Unknown option"],
    [["--seed", "x"], "--seed x: give a whole number"],
    [["--seed", "1", "--input", "x"], "leave one of the two out"],
    [["--back", "--finish"], "lead different ways"],
    [["--input", ""], "--input is empty"],
    [["--signals-at", "2025-11-20T10:00:00"], "time-without-zone"],
    [["--database", "mysql://somebody:secret@host/db"], "is not a PostgreSQL URL"],
  ])("%j", (args, words) => {
    const failure = describeFailure(thrownBy(() => readArgs(args, undefined)));
    expect(failure).toMatchObject({ code: "usage", exitCode: 2, message: expect.stringContaining(words) });
    expect(failure.message).not.toContain("secret");
  });

  test("DATABASE_URL stands for --database", () => {
    expect(readArgs([], "postgres://app:x@host/db")).toMatchObject({ database: "postgres://app:x@host/db" });
    expect(readArgs([], undefined)).toMatchObject({ database: null });
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const DAYS = "date,realized_pnl,unrealized_pnl,fees\n2025-10-27,100.5,,\n";

describe("an input that cannot be used", () => {
  test("a folder that is not there, and one without the service's files", async () => {
    await expect(go("--input", join(folder(), "no"), "--out", folder())).rejects.toMatchObject({ code: "no-such-folder" });
    await expect(go("--input", treeOf({ "data/notes.txt": "x" }), "--out", folder())).rejects.toMatchObject({ code: "nothing-found" });
  });

  test("a damaged file ends the run before the first row is written", async () => {
    const tree = treeOf({ "data/pending_orders.json": { orders: [] }, "paper_trading/user_7/orders.json": '[{"order_id":' });
    await expect(go("--input", tree, "--out", folder())).rejects.toMatchObject({
      code: "json-damaged",
      message: expect.stringContaining(`${tree}/paper_trading/user_7`),
    });
  });

  test("a file of another shape is told by the rehearsal, and the mended one is taken", async () => {
    const tree = treeOf({ "data/pnl_daily.csv": "date,profit\n2025-10-27,1\n" });
    const out = folder();
    await expect(go("--input", tree, "--out", out)).rejects.toMatchObject({ code: "missing-column" });
    writeFileSync(join(tree, "data/pnl_daily.csv"), DAYS);
    expect((await forward("--input", tree, "--out", out)).imports).toMatchObject([{ name: "pnl_daily", written: 1, rejected: 0 }]);
  });

  test("orders that cannot be taken keep the phases from beginning, and say what to do", async () => {
    const tree = treeOf({
      "data/pending_orders.json": { orders: [{ order_id: "1", symbol: "AAA", qty: 1, status: "ODD", placed_at: "2025-10-27T16:05:00" }] },
    });
    expect(await go("--input", tree, "--out", folder())).toMatchObject({
      pending: { phase: "legacy", notBegun: expect.stringContaining("1 records of data/pending_orders.json could not be taken") },
    });
  });

  test("a folder that holds another migration is not mixed with this one", async () => {
    const out = folder();
    await forward("--input", treeOf({ "data/pnl_daily.csv": DAYS }), "--out", out);
    await expect(go("--out", out)).rejects.toMatchObject({ code: "other-input", message: expect.stringContaining("Take another folder") });
  });

  test("there is nothing to go back from", async () => {
    await expect(go("--out", folder(), "--back")).rejects.toMatchObject({ code: "nothing-begun" });
  });

  test("a copy that was half made when the run was killed is made anew", async () => {
    const out = folder();
    mkdirSync(join(out, "tree/data"), { recursive: true });
    writeFileSync(join(out, "tree/data/pending_orders.json"), "{");
    const { files, archives } = await forward("--input", treeOf({ "data/pnl_daily.csv": DAYS }), "--out", out);
    expect(files).toMatchObject([{ name: "data/pnl_daily.csv", shape: "csv", user: "default" }]);
    expect(archives).toMatchObject([{ files: 1 }]);
  });
});

test("the process ends with a code, one sentence, and JSON where it was asked for", async () => {
  const { code, stdout, stderr } = await start("--input", "", "--json").ended;
  expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "usage" } }]);
  expect(stderr).toContain("--help");
});
