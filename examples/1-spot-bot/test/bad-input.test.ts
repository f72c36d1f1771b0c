import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { writeLegacyBook } from "@td/testkit";
import { describe, expect, test, vi } from "vitest";
import { OPTIONS, readArgs, USAGE } from "../args.ts";
import { MAIN, run, runForReport, startCommand, tempFolder } from "./run.ts";

// Each test runs the program several times; a machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

const ROW = {
  order_id: "a",
  symbol: "BTC-USD",
  side: "buy",
  size: "1",
  price: "2",
  order_time: "2025-01-01T00:00:00Z",
  total_fees_usd: "0",
};

interface Case {
  readonly title: string;
  /** Makes the input; returns what to give as --input. */
  readonly make: (folder: string) => string;
  readonly says: RegExp;
}

function file(name: string, content: string | Uint8Array): Case["make"] {
  return (folder) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
}

function database(folder: string): string {
  new Database(join(folder, "trades.jsonl")).exec("CREATE TABLE t (a)").close();
  return join(folder, "trades.jsonl");
}

const CASES: readonly Case[] = [
  { title: "a path that does not exist", make: (folder) => join(folder, "nowhere"), says: /There is no .*nowhere\. Check the path/ },
  { title: "an empty file", make: file("trade_records.jsonl", ""), says: /is empty\. Export it again/ },
  { title: "a file of blank lines", make: file("trade_records.csv", "\n\n  \n"), says: /is empty\. Export it again/ },
  {
    title: "an empty folder",
    make: (folder) => folder,
    says: /has neither trade_records\.jsonl nor trade_records\.csv nor a Coinbase Pro fills CSV/,
  },
  {
    title: "a picture with the right name",
    make: file("trade_records.jsonl", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")),
    says: /is not a text file\. Give the trades as JSON Lines or CSV/,
  },
  {
    title: "a packed file",
    make: file("trade_records.jsonl", gzipSync(JSON.stringify(ROW) + "\n")),
    says: /packed with gzip: unpack it first/,
  },
  { title: "an SQLite database", make: database, says: /is not a text file but an SQLite database/ },
  {
    title: "one JSON array",
    make: file("trade_records.jsonl", JSON.stringify([ROW], null, 1)),
    says: /It looks like one JSON array: write one object per line/,
  },
  {
    title: "some other CSV",
    make: file("trade_records.csv", "date,amount\n2025-01-01,3\n"),
    says: /is not a trade log that this example knows/,
  },
  { title: "prose", make: file("trade_records.jsonl", "Dear bot,\nplease buy low.\n"), says: /is not a trade log that this example knows/ },
  {
    title: "a CSV with an unknown column",
    make: file("trade_records.csv", `${Object.keys(ROW).join(",")},colour\n${Object.values(ROW).join(",")},red\n`),
    says: /column "colour" is not known/,
  },
  {
    title: "a CSV without a needed column",
    make: file("trade_records.csv", "order_id,symbol,side,size,price\na,BTC-USD,buy,1,2\n"),
    says: /column "order_time" is missing/,
  },
  {
    title: "the exchange's fills instead of the bot's trades",
    make: file("exchange_fills.jsonl", '{"trade_id":"1","product_id":"BTC-USD"}\n'),
    says: /holds the exchange's fills, not the bot's own trades/,
  },
  {
    title: "an exchange file that is none",
    make: (folder) => {
      writeFileSync(join(folder, "exchange_fills.jsonl"), '{"hello":"world"}\n');
      return file("trade_records.jsonl", JSON.stringify(ROW) + "\n")(folder);
    },
    says: /exchange_fills\.jsonl is not a trade log|exchange_fills\.jsonl does not hold fills/,
  },
];

/** One clear message and nothing of the machine room. */
function expectOneClearError(stderr: string, says: RegExp): void {
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
}

describe("an input that cannot be used gives one clear error and leaves nothing behind", () => {
  test.each(CASES)("$title", async ({ make, says }) => {
    const out = tempFolder(),
      folder = join(out, "input");
    mkdirSync(folder);
    const { code, stdout, stderr } = await run(["--input", make(folder), "--out", join(out, "a", "b")]);
    expect([code, stdout]).toEqual([1, ""]);
    expectOneClearError(stderr, says);
    expect(readdirSync(out)).toEqual(["input"]);
  });

  test("with --json the error is JSON, too", async () => {
    const { code, stdout } = await run(["--input", join(tempFolder(), "nowhere"), "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: "source-missing", message: expect.stringContaining("Check the path") as string },
    });
  });
});

describe("a place that cannot be written to gives one clear error", () => {
  test("a file in the way", async () => {
    const out = tempFolder();
    writeFileSync(join(out, "file"), "mine");
    const { code, stderr } = await run(["--out", join(out, "file", "below")]);
    expect(code).toBe(1);
    expectOneClearError(stderr, /Choose another place with --out or --db/);
    expect(readFileSync(join(out, "file"), "utf8")).toBe("mine");
  });

  test("a folder without write permission, or a system folder when everything is permitted", async () => {
    const out = tempFolder(),
      locked = join(out, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const isRoot = process.getuid?.() === 0;
    const { code, stderr } = await run(["--out", isRoot ? "/dev/null/td" : locked]);
    chmodSync(locked, 0o700);
    expect(code).toBe(1);
    expectOneClearError(stderr, /Choose (another place|a folder that you may write to)/);
  });

  test("a database that is none is not touched", async () => {
    const out = tempFolder(),
      db = join(out, "notes.txt"),
      folder = join(out, "book");
    writeLegacyBook(folder, { seed: 1, scale: 1, dirty: false });
    writeFileSync(
      db,
      "my notes, more than a hundred bytes of them, so that it cannot be taken for an empty database file in any way\n".repeat(20),
    );
    const before = readFileSync(db);
    const { code, stderr } = await run(["--input", folder, "--db", db]);
    expect(code).toBe(1);
    expectOneClearError(stderr, /not an? .*database|no .*database/i);
    expect(readFileSync(db).equals(before)).toBe(true);
  });

  test("a full disk stops the import with one clear error, and the same command goes on when there is room", async () => {
    const out = tempFolder(),
      folder = join(out, "book"),
      db = join(out, "td.db");
    const truth = writeLegacyBook(folder, { seed: 5, scale: 1, dirty: true });
    // No process may write a larger file than this: to SQLite it is a disk that has no room.
    const limited = `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`;
    const args = ["--input", folder, "--db", db];
    const { code, stderr } = await startCommand("sh", ["-c", limited, process.execPath, MAIN, ...args]).ended;
    expect(code).toBe(1);
    expectOneClearError(stderr, /disk/i);
    const report = await runForReport([...args, "--as-of", truth.asOf]);
    expect([report.versions.before.sha256, report.versions.after.sha256]).toEqual([truth.v1.sha256, truth.v2.sha256]);
  });
});

describe("a command line that makes no sense is explained", () => {
  test.each([
    [["--colour"], /Unknown option '--colour'/],
    [["--seed", "one"], /--seed one: give a whole number from 0 to 999999999/],
    [["--scale", "0.5"], /--scale 0\.5: give a number from 1 to 1000/],
    [["--as-of", "2025-11-21"], /--as-of 2025-11-21: give a time with its offset/],
    [["--retention", "0"], /--retention 0: give a whole number from 1 to 36500/],
    [["--input", "x", "--seed", "2"], /--seed is about the book that is made without --input/],
    [["--user", ""], /--user is empty/],
    [["stray"], /Unexpected argument 'stray'/],
  ])("%j", (args, says) => {
    expect(() => readArgs(args)).toThrow(says);
  });

  test("with exit code 2 and where to find help", async () => {
    const { code, stdout, stderr } = await run(["--colour"], tempFolder());
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("See --help for all options.");
  });

  test("--help names every option", async () => {
    const { code, stdout } = await run(["--help"], tempFolder());
    expect([code, stdout]).toEqual([0, USAGE]);
    for (const name of Object.keys(OPTIONS)) expect(USAGE).toContain(`--${name} `);
  });
});

test("a file that was replaced while its import was stopped is refused, and --restart begins it again", async () => {
  const out = tempFolder(),
    folder = join(out, "book"),
    db = join(out, "td.db");
  const truth = writeLegacyBook(folder, { seed: 5, scale: 1, dirty: true });
  const limited = `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`;
  await startCommand("sh", ["-c", limited, process.execPath, MAIN, "--input", folder, "--db", db]).ended;
  copyFileSync(join(folder, "trade_records.csv"), join(out, "trade_records.csv"));
  const other = ["--input", join(out, "trade_records.csv"), "--db", db];
  const refused = await run(other);
  expect(refused.code).toBe(1);
  expectOneClearError(refused.stderr, /restart/);
  const report = await runForReport([...other, "--restart"]);
  expect(report.versions.after.sha256).toBe(truth.v1.sha256);
  expect(existsSync(db)).toBe(true);
});
