// Many users at once, one of them slow: all are served, none waits for the slow one for ever, and nothing fails. `pnpm bench load` gives the figures.
import { expect, it } from "vitest";
import { load } from "../bench/load.ts";
import { DEPTH, describeStorage, openTemp } from "./support.ts";

describeStorage("a hundred users at once", (kind) => {
  it("are all served while another's job is slow, without an error", { timeout: 120_000 }, async () => {
    const storage = await openTemp(kind);
    const report = await load(storage, 100, DEPTH === 1 ? 1500 : 60_000, kind === "postgres" ? 200 : 5);
    expect(report.errors).toEqual({});
    expect(report.fewest).toBeGreaterThan(0);
  });
});
