import { describe, expect, test } from "vitest";
import { toCents } from "@td/example-shared/cents";
import { beginStep, duration } from "@td/example-shared/progress";
import { count, textTable } from "@td/example-shared/table";

test("cents are rounded half away from zero, on exact digits", () => {
  const cases = {
    "0": "0.00",
    "0.005": "0.01",
    "-0.005": "-0.01",
    "0.0049999999999999999999": "0.00",
    "1234567.891": "1,234,567.89",
    "-12345.67016522704893420644843328": "-12,345.67",
    "99.995": "100.00",
    "7": "7.00",
  };
  for (const [exact, cents] of Object.entries(cases)) expect(toCents(exact)).toBe(cents);
});

test("a table lines up texts, numbers and decimal points", () => {
  const rows = [
    { name: "a", n: 5, d: "1.25" },
    { name: "long", n: 12345, d: "-100" },
  ];
  const lines = textTable(
    [
      { title: "name", cell: (row) => row.name },
      { title: "n", cell: (row) => count(row.n), align: "right" },
      { title: "d", cell: (row) => row.d, align: "point" },
    ],
    rows,
    1,
  );
  expect(lines).toEqual([" name       n        d", " a          5     1.25", " long  12,345  -100"]);
});

describe("progress", () => {
  /** A stream that remembers, and a clock that goes when it is told. */
  function scene(isTTY: boolean) {
    const written: string[] = [];
    let now = 0;
    const step = beginStep("Importing", "records", { isTTY, write: (text) => written.push(text) }, () => now);
    const at = (ms: number, share: number, done: number) => {
      now = ms;
      step.update(share, done);
    };
    return { written, at, end: () => step.end() };
  }

  test("is silent while the work is short", () => {
    const { written, at, end } = scene(true);
    at(10, 0.1, 100);
    at(900, 0.9, 900);
    end();
    expect(written).toEqual([]);
  });

  test("rewrites one line on a terminal, with rate and time left, and clears it in the end", () => {
    const { written, at, end } = scene(true);
    at(0, 0, 0);
    at(2000, 0.25, 5000);
    at(2050, 0.26, 5100);
    end();
    expect(written).toEqual(["\rImporting: 25%, 5,000 records, 2,500 records/s, 6 s left\u001b[K", "\r\u001b[K"]);
  });

  test("writes a line every five seconds elsewhere, and counts from where a resumed import began", () => {
    const { written, at, end } = scene(false);
    at(0, 0.5, 10_000);
    at(5000, 0.6, 12_000);
    at(6000, 0.62, 12_400);
    at(10_000, 0.7, 14_000);
    end();
    expect(written).toEqual([
      "Importing: 60%, 12,000 records, 400 records/s, 20 s left\n",
      "Importing: 70%, 14,000 records, 400 records/s, 15 s left\n",
    ]);
  });

  test("durations are told in the two largest units", () => {
    expect([0, 59.4, 60, 200, 3900].map(duration)).toEqual(["0 s", "59 s", "1 min 0 s", "3 min 20 s", "1 h 5 min"]);
  });
});
