import { test } from "@fast-check/vitest";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Scope, TradeInput } from "../src/index.ts";
import { moneyCodec } from "../src/ledger/stored.ts";
import { profitSum, readProfitSum } from "../src/stats/profit-sum.ts";
import { zoneSegments } from "../src/stats/zone-segments.ts";
import { describeStorage, failure, fill, openTemp, runs } from "./support.ts";

// As many digits as any sum here has.
const Exact = Decimal.clone({ precision: 150, defaults: true });
const sum = (values: readonly (Decimal | string)[]): string =>
  values.reduce<Decimal>((total, value) => total.plus(value), new Exact(0)).toFixed();

const ZONES = [
  "UTC",
  "Asia/Kolkata",
  "America/New_York",
  "America/Sao_Paulo",
  "Europe/London",
  "Pacific/Apia",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
];
const dayIn = (zone: string, at: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(at));

const pnls = fc.oneof(
  fc.constantFrom(
    "0",
    "-0.000000000000000000000000000000000001",
    "0.000000000000000000000000000000000001",
    "9".repeat(40),
    `-${"9".repeat(40)}.${"9".repeat(36)}`,
  ),
  fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(99)).map(([whole, cents]) => `${whole}.${String(cents).padStart(2, "0")}`),
);
// Around the changes of clocks of several years, and before 1970.
const times = fc
  .tuple(
    fc.constantFrom(
      "1969-12-31T22:00:00Z",
      "2011-12-29T00:00:00Z",
      "2018-11-03T00:00:00Z",
      "2024-03-09T00:00:00Z",
      "2024-10-26T12:00:00Z",
      "2025-03-29T20:00:00Z",
    ),
    fc.integer({ min: 0, max: 60 * 72 }),
    fc.nat(999_999),
  )
  .map(([start, minutes, micros]) =>
    new Date(Date.parse(start) + minutes * 60_000).toISOString().replace(".000Z", `.${String(micros).padStart(6, "0")}Z`),
  );
const tradesOf = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    botId: fc.constantFrom("b1", "b2", null),
    symbol: fc.constantFrom("AAA", "BBB"),
    action: fc.constantFrom("OPEN" as const, "CLOSE" as const),
    pnl: pnls,
    executedAt: times,
  }),
  { selector: ({ id }) => id, maxLength: 25 },
);

function tradeOf(row: {
  readonly id: string;
  readonly botId: string | null;
  readonly symbol: string;
  readonly action: "OPEN" | "CLOSE";
  readonly pnl: string;
  readonly executedAt: string;
}): TradeInput {
  return { ...row, tradeType: "LONG", entryPrice: "1", size: "1", ...(row.action === "CLOSE" ? { exitPrice: "1" } : {}) };
}

async function withBots(me: Scope): Promise<Scope> {
  await me.bots.importMany([
    { id: "b1", name: "one" },
    { id: "b2", name: "two" },
  ]);
  return me;
}

describeStorage("the statistics", (kind) => {
  const shared = openTemp(kind, { tables: [] });
  let users = 0;
  const newUser = async (): Promise<Scope> => withBots((await shared).forUser(`user ${users++}`));

  test.prop(
    [
      tradesOf,
      fc.constantFrom(...ZONES),
      fc.constantFrom(
        {},
        { symbol: "AAA" },
        { botId: "b1" },
        { since: "2018-11-04T00:00:00Z" },
        { until: "2024-10-27T00:30:00Z", symbol: "BBB" },
      ),
    ],
    runs(kind === "file" ? 8 : 15),
  )(
    "over trades are those of a plain computation with decimals",
    async (
      rows,
      zone,
      selection: { readonly symbol?: string; readonly botId?: string; readonly since?: string; readonly until?: string },
    ) => {
      const me = await newUser();
      await me.trades.importMany(rows.map(tradeOf));
      const closes = rows.filter(
        (row) =>
          row.action === "CLOSE" &&
          (selection.symbol ?? row.symbol) === row.symbol &&
          (selection.botId ?? row.botId) === row.botId &&
          Date.parse(selection.since ?? row.executedAt) <= Date.parse(row.executedAt) &&
          Date.parse(selection.until ?? "2100-01-01T00:00:00Z") > Date.parse(row.executedAt),
      );
      const wins = closes.filter(({ pnl }) => new Decimal(pnl).gt(0));
      const found = await me.stats.winRate(selection);
      expect({ ...found, rate: found.rate?.toFixed(), pnl: found.pnl.toFixed() }).toEqual({
        closes: closes.length,
        wins: wins.length,
        losses: closes.filter(({ pnl }) => new Decimal(pnl).lt(0)).length,
        rate:
          closes.length === 0
            ? undefined
            : new Exact(wins.length).div(closes.length).toDecimalPlaces(18, Decimal.ROUND_HALF_EVEN).toFixed(),
        pnl: sum(closes.map(({ pnl }) => pnl)),
      });

      const days = Map.groupBy(closes, ({ executedAt }) => dayIn(zone, executedAt));
      const byDay = await me.stats.pnlByDay({ zone, ...selection });
      expect(byDay.map(({ day, pnl, closes: count, wins: won }) => ({ day, pnl: pnl.toFixed(), count, won }))).toEqual(
        [...days.keys()].toSorted().map((day) => {
          const of = days.get(day) ?? [];
          return { day, pnl: sum(of.map(({ pnl }) => pnl)), count: of.length, won: of.filter(({ pnl }) => new Decimal(pnl).gt(0)).length };
        }),
      );

      const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
      const ordered = closes.toSorted((a, b) => new Exact(a.pnl).cmp(b.pnl) || bytes(a.id, b.id)).map(({ id }) => id);
      expect((await me.stats.worst(3, selection)).map(({ id }) => id)).toEqual(ordered.slice(0, 3));
      expect((await me.stats.best(3, selection)).map(({ id }) => id)).toEqual(ordered.toReversed().slice(0, 3));
    },
  );

  const snapshotsOf = fc.uniqueArray(
    fc.record({
      botId: fc.constantFrom("b1", "b2"),
      at: times,
      totalValue: fc.oneof(fc.constantFrom("0", `0.${"0".repeat(35)}1`, "-5", "9".repeat(40)), fc.integer({ min: 0, max: 50 }).map(String)),
    }),
    { selector: ({ botId, at }) => `${botId} ${at}`, maxLength: 20 },
  );
  test.prop(
    [
      snapshotsOf,
      fc.constantFrom(
        {},
        { botId: "b2" },
        { since: "2018-11-04T00:00:00Z" },
        { until: "2024-10-27T00:30:00Z" },
        { since: "2018-11-04T00:00:00Z", until: "2024-10-27T00:30:00Z" },
      ),
    ],
    runs(kind === "file" ? 8 : 15),
  )(
    "over snapshots are those of a plain computation with decimals",
    async (rows, selection: { readonly botId?: string; readonly since?: string; readonly until?: string }) => {
      const me = await newUser();
      await me.snapshots.importMany(rows);
      const latest = new Map<string, string>();
      const points = new Map<string, string>();
      const [since, until] = [Date.parse(selection.since ?? "1900-01-01T00:00:00Z"), Date.parse(selection.until ?? "2100-01-01T00:00:00Z")];
      for (const { botId, at, totalValue } of rows.toSorted((a, b) => (a.at < b.at ? -1 : 1))) {
        if ((selection.botId ?? botId) !== botId || Date.parse(at) >= until) continue;
        latest.set(botId, totalValue);
        if (Date.parse(at) >= since) points.set(at, sum([...latest.values()]));
      }
      const curve = await me.stats.equityCurve(selection);
      expect(curve.map(({ at, value }) => [at, value.toFixed()])).toEqual([...points]);

      let peak = new Exact("-1e60");
      let deepest: { readonly amount: Decimal; readonly troughAt: string; readonly peak: Decimal } | undefined;
      for (const [at, text] of points) {
        const value = new Exact(text);
        if (value.gt(peak)) peak = value;
        const amount = peak.minus(value);
        if (amount.gt(deepest?.amount ?? 0)) deepest = { amount, troughAt: at, peak };
      }
      const drawdown = await me.stats.drawdown(selection);
      expect(drawdown === null ? undefined : [drawdown.amount.toFixed(), drawdown.troughAt, drawdown.peak.toFixed()]).toEqual(
        deepest === undefined ? undefined : [deepest.amount.toFixed(), deepest.troughAt, deepest.peak.toFixed()],
      );
      if (drawdown === null) return;
      expect(points.get(drawdown.peakAt)).toBe(drawdown.peak.toFixed());
      expect(drawdown.peakAt < drawdown.troughAt).toBe(true);
      expect(drawdown.rate?.toFixed()).toBe(
        drawdown.peak.gt(0)
          ? new Exact(drawdown.amount).div(drawdown.peak).toDecimalPlaces(18, Decimal.ROUND_HALF_EVEN).toFixed()
          : undefined,
      );
    },
  );

  it("cut days at the midnights of a zone's own clocks, also on the days when they change", async () => {
    const me = await newUser();
    const at = ["2024-03-10T04:59:59.999999Z", "2024-03-10T05:00:00Z", "2024-03-11T03:59:59.999999Z", "2024-03-11T04:00:00Z"];
    const autumn = ["2024-11-03T03:59:59.999999Z", "2024-11-03T04:00:00Z", "2024-11-04T04:59:59.999999Z", "2024-11-04T05:00:00Z"];
    await me.trades.importMany(
      [...at, ...autumn].map((executedAt, n) =>
        tradeOf({ id: `${n}`, botId: null, symbol: "AAA", action: "CLOSE", pnl: `${2 ** n}`, executedAt }),
      ),
    );
    const days = await me.stats.pnlByDay({ zone: "America/New_York" });
    expect(days.map(({ day, pnl }) => `${day} ${pnl.toFixed()}`)).toEqual([
      "2024-03-09 1",
      "2024-03-10 6",
      "2024-03-11 8",
      "2024-11-02 16",
      "2024-11-03 96",
      "2024-11-04 128",
    ]);
  });

  it("over the ledger count each sell once, by the profit of its matched parts", async () => {
    const me = await newUser();
    const at = (hour: string): string => `2025-03-01T${hour}:00:00Z`;
    await me.fills.importMany([
      fill("b1", { quantity: "1", price: "10", executedAt: at("10") }),
      fill("b2", { quantity: "1", price: "20", executedAt: at("11") }),
      fill("s1", { side: "sell", quantity: "2", price: "16", executedAt: at("19") }),
      fill("b3", { quantity: "1", price: "10", symbol: "ETH-USD", executedAt: at("12") }),
      fill("s2", { side: "sell", quantity: "3", price: "9", symbol: "ETH-USD", executedAt: at("20") }),
    ]);
    await me.ledger.compute();
    const over = "ledger" as const;
    const { rate, pnl, ...counts } = await me.stats.winRate({ over });
    expect([counts, rate?.toFixed(), pnl.toFixed()]).toEqual([{ closes: 2, wins: 1, losses: 1 }, "0.5", "1"]);
    expect((await me.stats.best(9, { over })).map((close) => [close.id, close.symbol, close.pnl.toFixed(), close.at, close.botId])).toEqual(
      [
        ["s1", "BTC-USD", "2", "2025-03-01T19:00:00.000000Z", null],
        ["s2", "ETH-USD", "-1", "2025-03-01T20:00:00.000000Z", null],
      ],
    );
    expect((await me.stats.pnlByDay({ over, zone: "Asia/Kolkata" })).map(({ day, pnl: of }) => [day, of.toFixed()])).toEqual([
      ["2025-03-02", "1"],
    ]);
    expect((await me.stats.worst(1, { over, symbol: "BTC-USD" })).map(({ id }) => id)).toEqual(["s1"]);
    await failure(me.stats.winRate({ over, botId: "b1" }), "bad-request");
  });

  it("see the rows of their user only", async () => {
    const [ann, bob] = [await newUser(), await newUser()];
    await ann.trades.insert(
      tradeOf({ id: "t", botId: "b1", symbol: "AAA", action: "CLOSE", pnl: "5", executedAt: "2025-03-01T10:00:00Z" }),
    );
    await ann.snapshots.insert({ botId: "b1", at: "2025-03-01T10:00:00Z", totalValue: "5" });
    expect(await bob.stats.winRate()).toMatchObject({ closes: 0, rate: null });
    expect([
      await bob.stats.best(1),
      await bob.stats.equityCurve(),
      await bob.stats.pnlByDay({ zone: "UTC" }),
      await bob.stats.drawdown(),
    ]).toEqual([[], [], [], null]);
  });

  it("refuse what they do not understand", async () => {
    const { stats } = await newUser();
    await failure(stats.pnlByDay({ zone: "Mars/Olympus" }), "bad-request");
    await failure(stats.pnlByDay({ zone: "" }), "bad-request");
    await failure(stats.winRate({ over: "all" as "trades" }), "bad-request");
    for (const count of [0, 1001, 1.5]) await failure(stats.best(count), "bad-request");
    await failure(stats.winRate({ since: "2025-03-01" }), "value-rejected");
    await failure(stats.equityCurve({ until: "yesterday" }), "value-rejected");
  });
});

describe("the sum of the digits of stored amounts", () => {
  const amounts = fc.oneof(
    pnls,
    fc.constantFrom(`${"9".repeat(40)}.${"9".repeat(36)}`, `-${"9".repeat(40)}.${"9".repeat(36)}`, `-${"9".repeat(40)}`),
  );
  const stored = (text: string): string => {
    const found = moneyCodec.encode(text);
    if (typeof found !== "string") throw new TypeError(`${text} is refused`);
    return found;
  };
  const summed = (texts: readonly string[]): unknown => readProfitSum(profitSum(Buffer.from(texts.map(stored).join("000"))));

  test.prop([fc.array(amounts, { minLength: 1, maxLength: 120 })], runs(60))("is that of a plain computation, at every length", (texts) => {
    expect(summed(texts)).toEqual({
      closes: texts.length,
      wins: texts.filter((text) => new Decimal(text).gt(0)).length,
      losses: texts.filter((text) => new Decimal(text).lt(0)).length,
      pnl: sum(texts),
    });
  });

  it("is exact where every digit is a nine, and refuses what has not the digits of an amount", () => {
    const nines = Array.from({ length: 1000 }, () => `${"9".repeat(40)}.${"9".repeat(36)}`);
    expect(summed(nines)).toEqual({ closes: 1000, wins: 1000, losses: 0, pnl: sum(nines) });
    expect(() => profitSum(Buffer.from("1".repeat(76)))).toThrow(TypeError);
    expect(() => profitSum(Buffer.from("1".repeat(157)))).not.toThrow();
  });
});

describe("the segments of a zone", () => {
  const second = (text: string): number => Date.parse(text) / 1000;
  const micros = (text: string): number => Date.parse(text) * 1000;

  it("change to the second when the clocks do", () => {
    const found = zoneSegments("America/New_York", micros("2024-03-01T00:00:00Z"), micros("2024-12-01T00:00:00Z"));
    expect(found.map(({ to, seconds }) => [to / 1_000_000, seconds / 3600])).toEqual([
      [second("2024-03-10T07:00:00Z"), -5],
      [second("2024-11-03T06:00:00Z"), -4],
      [second("2024-12-01T00:00:02Z"), -5],
    ]);
  });

  it("know a day that a place skipped, and half-hour summers", () => {
    const apia = zoneSegments("Pacific/Apia", micros("2011-12-29T00:00:00Z"), micros("2012-01-02T00:00:00Z"));
    expect(apia.map(({ seconds }) => seconds / 3600)).toEqual([-10, 14]);
    const lord = zoneSegments("Australia/Lord_Howe", micros("2025-01-01T00:00:00Z"), micros("2025-06-01T00:00:00Z"));
    expect(lord.map(({ seconds }) => seconds / 3600)).toEqual([11, 10.5]);
  });

  it("follow each other without a gap and cover both ends", () => {
    const [from, to] = [micros("1960-05-05T05:05:05Z") + 7, micros("2031-01-01T00:00:00Z") + 9];
    const found = zoneSegments("Europe/London", from, to);
    expect(found[0]?.from).toBeLessThanOrEqual(from);
    expect(found.at(-1)?.to).toBeGreaterThan(to);
    expect(found.slice(1).map((segment) => segment.from)).toEqual(found.slice(0, -1).map((segment) => segment.to));
    expect(found.length).toBeGreaterThan(100);
  });
});
