import Database from "better-sqlite3";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { writeLegacyArena } from "../legacy-arena.ts";
import { isRight } from "../run.ts";
import { reportText } from "../text.ts";
import { advanceOne, ENGINES, run, SOAK, tablesOn, tempFolder } from "./workbench.ts";

// A machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

const SMALL = ["--scale", "0.05", "--turns", "5"];

describe.each(ENGINES)("on %s", (engine) => {
  test("the story ends right, and reads the same on both engines", async () => {
    const out = tempFolder();
    const args = [...SMALL, "--out", out, ...(await tablesOn(engine))];
    const report = await run(args);
    expect(report).toMatchObject({ phase: "archived", knownAnswer: true, sameForFrontEnd: true });
    expect(isRight(report)).toBe(true);
    expect(report.blobBytes).toBeLessThan(200_000);
    for (const { botId, closes, closedPositions } of report.analytics.bots.filter((bot) => bot.botId !== "bot_delta")) {
      const lone = report.imports.find((one) => one.botId === botId)?.loneCloses ?? 0;
      expect([botId, closedPositions + lone]).toEqual([botId, closes]);
    }
    const masked = reportText(report)
      .replaceAll(out, "td-arena")
      .replace("Tables: postgres;", `Tables: ${report.folder.replace(out, "td-arena")}/td.db;`)
      .replace(/^Look for yourself.*\n/m, "");
    await expect(masked).toMatchFileSnapshot("golden/report.txt");

    const again = await run(args);
    expect(again).toMatchObject({ imports: [], slimmed: null, steps: [{ what: "traded" }], blobBytes: expect.any(Number) as number });
    expect(readdirSync(join(out, report.folder.split("/").at(-1) ?? "", "reports")).filter((name) => name.endsWith(".html"))).toHaveLength(
      4 * 4,
    );
  });
});

test("the guide shows what the story prints", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/guides/story-arena.md"), "utf8");
  const printed = readFileSync(join(import.meta.dirname, "golden/report.txt"), "utf8");
  expect(guide).toContain(`\`\`\`text\n${printed}\`\`\``);
});

test("every step can be gone back, with every trade made since, and gone on again", async () => {
  const out = tempFolder();
  const args = [...SMALL, "--out", out];
  const steps: string[] = [];
  for (const more of [["--until", "cutover"], ["--back"], ["--back"], ["--back"], []]) {
    const report = await run([...args, ...more]);
    steps.push(`${more.join(" ")}: ${report.phase}, shown the same: ${String(report.sameForFrontEnd)}`);
  }
  expect(steps).toEqual([
    "--until cutover: cutover, shown the same: true",
    "--back: validate, shown the same: true",
    "--back: dual-write, shown the same: true",
    "--back: legacy, shown the same: true",
    ": archived, shown the same: true",
  ]);
  const slimmed = await run([...args, "--turns", "3"]);
  expect(await run([...args, "--back"])).toMatchObject({ phase: "archived", sameForFrontEnd: true });
  // The blob has all lists again, with what was traded when it had none.
  const inBlob = botsIn(join(out, slimmed.folder.split("/").at(-1) ?? "", "arena.db"));
  expect(inBlob.map(({ id, orders }) => [id, orders?.length ?? 0])).toEqual(
    slimmed.analytics.bots.map(({ botId, trades }) => [botId, trades]),
  );
  for (const { orders = [] } of inBlob) {
    const times = orders.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  }
});

test("before the first switch the imports can be taken back, and nothing is left of them", async () => {
  const args = [...SMALL, "--out", tempFolder()];
  const imported = await run([...args, "--until", "legacy"]);
  expect([imported.phase, imported.knownAnswer]).toEqual(["legacy", true]);
  const back = await run([...args, "--back"]);
  expect(back.steps[0]?.what).toBe("taken back");
  for (const figures of back.analytics.bots)
    expect(figures).toMatchObject({ trades: 0, decisions: 0, openPositions: 0, closedPositions: 0 });
});

test.each(["slimming", ...(SOAK ? ["dual-write", "validate", "cutover", "archived"] : [])])(
  "stopped at %s, the same command goes on to the same end",
  async (at) => {
    const args = [...SMALL, "--out", tempFolder()];
    const stop = new AbortController();
    const say = (text: string): void => {
      if (text.startsWith(at)) stop.abort(new Error("stopped by the test"));
    };
    await expect(run(args, say, stop.signal)).rejects.toThrow("stopped by the test");
    const report = await run(args);
    expect(report).toMatchObject({ phase: "archived", sameForFrontEnd: true });
    expect(report.blobBytes).toBeLessThan(200_000);
  },
);

test("killed when some users have advanced and others have not, it imports those that are left", async () => {
  const args = [...SMALL, "--out", tempFolder()];
  const all = await run([...args, "--until", "legacy"]);
  const ahead = await advanceOne(args);
  const left = all.imports.map(({ botId }) => botId).filter((id) => !ahead.includes(id));
  const report = await run([...args, "--until", "dual-write"]);
  expect(report).toMatchObject({ phase: "dual-write", knownAnswer: true, sameForFrontEnd: true });
  expect([ahead.length > 0, report.imports.map(({ botId }) => botId)]).toEqual([true, left]);
});

test("a row that somebody changed behind its back stops the way, by name, and is mended by the next run", async () => {
  const out = tempFolder();
  const args = [...SMALL, "--out", out, "--until", "validate"];
  const { folder } = await run(args);
  const tables = new Database(join(out, folder.split("/").at(-1) ?? "", "td.db"));
  const id = tables.prepare<[], string>("select id from trades where bot_id = 'bot_fox' limit 1").pluck().get();
  tables.prepare("update trades set symbol = 'OTHERUSDT' where id = ?").run(id);
  tables.close();
  await expect(run(args)).rejects.toMatchObject({
    code: "differs",
    message: expect.stringContaining(`bot_fox/orders/${id} (different symbol)`) as string,
  });
  expect(await run(args)).toMatchObject({ phase: "validate", sameForFrontEnd: null });
});

describe.each(SOAK ? ENGINES : [])("at full size on %s", (engine) => {
  test("the blob of 2.7 MB ends below 200 KB", async () => {
    const report = await run(["--out", tempFolder(), ...(await tablesOn(engine))]);
    expect(report).toMatchObject({ phase: "archived", knownAnswer: true, sameForFrontEnd: true });
    expect(report.slimmed?.bytes).toBeGreaterThan(2_700_000);
    expect(report.blobBytes).toBeLessThan(200_000);
  });
});

describe("an arena of one's own", () => {
  test("may keep its bots in an object, by id", async () => {
    const out = tempFolder();
    writeLegacyArena(join(out, "mine"), { seed: 7, scale: 0.05 });
    const input = join(out, "mine", "arena.db");
    const database = new Database(input);
    const state = JSON.parse(database.prepare<[], string>("select state from arena_state").pluck().get() ?? "{}") as {
      readonly bots: readonly BlobBot[];
    };
    const byId = { ...state, bots: Object.fromEntries(state.bots.map((bot) => [bot.id, bot])) };
    database.prepare("update arena_state set state = ?").run(JSON.stringify(byId));
    database.close();
    const report = await run(["--input", input, "--out", join(out, "td"), "--turns", "2", "--sign-off", "known"]);
    expect(report).toMatchObject({ phase: "archived", sameForFrontEnd: true, slimmed: { lists: 24 } });
  });

  test("is only read, and what it cannot give has to be signed off", async () => {
    const out = tempFolder();
    const truth = writeLegacyArena(join(out, "mine"), { seed: 7, scale: 0.05, updatedAt: "SQL text, UTC" });
    const input = join(out, "mine", "arena.db");
    const args = ["--input", input, "--out", join(out, "td"), "--turns", "3"];
    const before = botsIn(input);
    await expect(run(args)).rejects.toMatchObject({
      code: "not-signed-off",
      message: expect.stringMatching(/bots\[2\]\.orders\[\d+\]: contradicts/) as string,
    });
    const report = await run([...args, "--sign-off", "looked at each", "--until", "dual-write"]);
    expect(report).toMatchObject({
      phase: "dual-write",
      knownAnswer: null,
      sameForFrontEnd: true,
      input: { updatedAt: { form: "SQL text, UTC" } },
    });
    expect(report.keptAside).toHaveLength(
      Object.values(truth.bots).reduce((sum, { contradicting, senseless }) => sum + contradicting + senseless, 0),
    );
    expect(botsIn(input)).toEqual(before);
    expect(existsSync(`${input}-wal`)).toBe(true);
  });

  test("without damage needs no sign-off, also when a list was emptied before it could be imported", async () => {
    const out = tempFolder();
    writeLegacyArena(join(out, "mine"), { seed: 7, scale: 0.05 });
    const input = join(out, "mine", "arena.db");
    change(input, "json_object('bots', json_array(state -> '$.bots[0]'), 'marketData', json('[]'))");
    const args = ["--input", input, "--out", join(out, "td"), "--turns", "0"];
    const stop = new AbortController();
    await expect(run(args, () => stop.abort(new Error("stopped")), stop.signal)).rejects.toThrow("stopped");
    change(
      join(out, "td", readdirSync(join(out, "td"))[0] ?? "", "arena.db"),
      "json_set(state, '$.bots[0].portfolio.positions', json('[]'))",
    );
    expect(await run([...args, "--until", "validate"])).toMatchObject({ phase: "validate", keptAside: [], sameForFrontEnd: true });
  });

  test.each([
    ["a file that is not there", "none.db", "no-input"],
    ["a database of something else", "other.db", "not-an-arena"],
  ])("%s is told in one sentence", async (_what, name, code) => {
    const out = tempFolder();
    const other = new Database(join(out, "other.db"));
    other.exec("create table t (id integer)");
    other.close();
    await expect(run(["--input", join(out, name), "--out", join(out, "td")])).rejects.toMatchObject({ name: "InputError", code });
  });
});

/** Sets the state to what an expression of SQLite makes of it. */
function change(path: string, expression: string): void {
  const database = new Database(path);
  database.exec(`update arena_state set state = ${expression}`);
  database.close();
}

interface BlobBot {
  readonly id: string;
  readonly orders?: readonly { readonly timestamp: number }[];
}

function botsIn(path: string): readonly BlobBot[] {
  const database = new Database(path, { readonly: true });
  try {
    const { bots } = JSON.parse(database.prepare<[], string>("select state from arena_state").pluck().get() ?? "{}") as {
      readonly bots: readonly BlobBot[];
    };
    return bots;
  } finally {
    database.close();
  }
}
