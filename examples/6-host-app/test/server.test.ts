// The host over HTTP, on SQLite and on PostgreSQL: one host each, used by all tests in their order.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { verifyBackup } from "@td/backup";
import { allocate, type TradeInput } from "@td/fifo";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { TRADER } from "../server/trader.ts";
import { testLiveFeed, testLiveUpdates } from "./live-cases.ts";
import { hostOn, person, ROUND, type Person, type TestHost } from "./workbench.ts";

interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}
type Row = Readonly<Record<string, string>>;
interface Pnl {
  readonly symbols: readonly { readonly symbol: string; readonly totalPnl: string; readonly unmatchedSize: string }[];
  readonly winRate: { readonly closes: number };
}

/** All rows of a paged route, over several pages. */
async function allRows<T>(who: Person, path: string): Promise<readonly T[]> {
  const rows: T[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Page<T> = await who.ask("GET", `${path}?limit=90${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`);
    rows.push(...page.rows);
    after = page.next;
  }
  return rows;
}

const DAY = 86_400_000;

describe.each(["sqlite", "postgres"] as const)("the host on %s", (engine) => {
  let server: TestHost;
  let asha: Person;
  let ben: Person;
  let kim: Person;
  beforeAll(async () => {
    server = await hostOn(engine);
    [asha, ben, kim] = [await person(server.url, "asha"), await person(server.url, "ben"), await person(server.url, "kim")];
  });
  afterAll(async () => {
    await server.remove();
    expect(server.failures).toEqual([]);
  });

  test("lets nobody in without a session, or with one that was made up", async () => {
    for (const cookie of ["", "session=asha", `session=${encodeURIComponent("asha.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")}`]) {
      const nobody = await person(server.url, null, cookie);
      for (const path of ["/fills", "/operations/backups", "/live"]) await nobody.ask("GET", path, undefined, 401);
      await nobody.ask("GET", "/user/preferences", undefined, 401);
    }
    await expect(person(server.url, "host:operations").then((who) => who.ask("GET", "/fills"))).rejects.toThrow("401");
  });

  test("says what it does not take", async () => {
    await asha.ask("GET", "/fills?limit=0", undefined, 400);
    await asha.ask("GET", "/fills?after=made-up", undefined, 400);
    await asha.ask("POST", "/migration", { action: "delete", why: "x" }, 400);
    await asha.ask("PUT", "/alerts/x", { symbol: "BTC-USD", direction: "above", price: "1e3" }, 400);
    await asha.ask("GET", "/nowhere", undefined, 404);
  });

  test("the profit it shows is that of the fills it shows, computed once more from nothing", async () => {
    const fills = await allRows<TradeInput & Row>(asha, "/fills");
    const { symbols, winRate } = await asha.ask<Pnl>("GET", "/pnl");
    const own = allocate(fills);
    const sellsOf = new Set(own.allocations.map(({ sellId }) => sellId));
    expect(fills.length).toBeGreaterThan(100);
    expect(symbols.map(({ symbol }) => symbol)).toEqual([...new Set(fills.map(({ symbol }) => symbol))].sort());
    for (const { symbol, totalPnl } of symbols) {
      const alone = allocate(fills.filter((fill) => fill.symbol === symbol));
      expect([symbol, totalPnl]).toEqual([symbol, alone.totals.toJSON().realizedPnl]);
    }
    expect(winRate.closes).toBeLessThanOrEqual(sellsOf.size);
  });

  test("explains a sell to the last digit", async () => {
    const [sell] = await asha.ask<readonly Row[]>("GET", "/sells?limit=1");
    const explained = await asha.ask<{ lots: readonly Row[]; quantity: string; unmatched: { quantity: string } | null }>(
      "GET",
      `/sells/${sell?.["id"]}`,
    );
    const parts = [...explained.lots.map(({ quantity }) => quantity ?? ""), explained.unmatched?.quantity ?? "0"];
    const micros = (text: string): bigint => BigInt(`${text.split(".")[0]}${(text.split(".")[1] ?? "").padEnd(18, "0")}`);
    expect(parts.reduce((sum, part) => sum + micros(part), 0n)).toBe(micros(explained.quantity));
    expect(explained.quantity).toBe(sell?.["quantity"]);
  });

  test("a user's service is started and stopped, and its tasks, orders, positions and log are on record", async () => {
    const before = await asha.ask<Pnl>("GET", "/pnl");
    expect(await asha.ask("POST", "/service/start")).toEqual({ started: true });
    expect(await asha.ask("POST", "/service/start")).toEqual({ started: false });
    const jobs = 2; // the nightly and the weekly one wait, too
    for (let round = 0; round < 6; round++) {
      await expect.poll(() => server.clock.waiting(), { timeout: 20_000 }).toBe(jobs + 1);
      server.clock.advance(ROUND);
    }
    await expect.poll(() => server.clock.waiting(), { timeout: 20_000 }).toBe(jobs + 1);
    expect(await asha.ask("GET", "/service")).toMatchObject({ running: true, record: { running: true, errorCount: 0 } });
    expect(await asha.ask("POST", "/service/stop")).toEqual({ stopped: true });
    expect(await asha.ask("GET", "/service")).toMatchObject({ running: false, record: { running: false } });
    server.clock.advance(ROUND * 5);

    const tasks = await allRows<Row>(asha, "/service/tasks");
    expect(tasks.map(({ taskName }) => taskName)).toEqual(Array.from({ length: 7 }, () => "trade"));
    const traded = tasks.filter(({ status }) => status === "success");
    const orders = await allRows<Row>(asha, "/orders");
    expect(orders.map(({ status }) => status)).toEqual(traded.map(() => "closed"));
    expect((await allRows<Row>(asha, "/trades")).length).toBe(traded.length);
    const messages = (await allRows<Row>(asha, "/service/logs")).map(({ message }) => message);
    expect(messages).toEqual(expect.arrayContaining(["started", "stopped"]));
    expect(messages.length).toBe(tasks.length + 2);
    const closed = await asha.ask<Page<Row>>("GET", "/positions?status=closed");
    const open = await asha.ask<Page<Row>>("GET", "/positions");
    expect(open.rows.length + 2 * closed.rows.length).toBe(traded.length);
    expect((await asha.ask<Pnl>("GET", "/pnl")).winRate.closes).toBe(before.winRate.closes + closed.rows.length);
    expect(await asha.ask("GET", `/service/tasks/${tasks[0]?.["id"]}`)).toMatchObject({ id: tasks[0]?.["id"] });
  });

  test("nobody reaches what is another user's, not even to learn that it is there", async () => {
    const [order] = (await asha.ask<Page<Row>>("GET", "/orders?limit=1")).rows;
    const [task] = (await asha.ask<Page<Row>>("GET", "/service/tasks?limit=1")).rows;
    const [position] = (await asha.ask<Page<Row>>("GET", "/positions?limit=1&status=closed")).rows;
    const { imports } = await asha.ask<{ imports: readonly Row[] }>("GET", "/migration");
    const [sell] = await asha.ask<readonly Row[]>("GET", "/sells?limit=1");
    const paths = [
      `/orders/${order?.["id"]}`,
      `/positions/${position?.["id"] ?? "none"}`,
      `/service/tasks/${task?.["id"]}`,
      `/sells/${sell?.["id"]}`,
      `/imports/${imports[0]?.["runId"]}/rejects`,
    ];
    for (const path of paths) await ben.ask("GET", path, undefined, 404);
    for (const path of paths.filter((each) => !each.endsWith("none"))) await asha.ask("GET", path);
    const ids = (rows: readonly Row[]): readonly string[] => rows.map(({ id }) => id?.split("-")[0] ?? "");
    expect(new Set(ids(await allRows<Row>(ben, "/fills")))).toEqual(new Set(["ben"]));
    expect(await allRows(ben, "/orders")).toEqual([]);
    expect(await ben.ask("GET", "/service")).toEqual({ running: false, record: null });
    await ben.ask("GET", "/operations/backups", undefined, 403);
    await ben.ask("POST", "/operations/backups", {}, 403);
  });

  testLiveUpdates(
    () => server,
    () => asha,
  );

  test("a reconciliation finds the buy that the bot never heard of, adds it, and the review queue empties itself", async () => {
    const open = async (): Promise<number> =>
      (await asha.ask<{ items: readonly Row[] }>("GET", "/review")).items.filter(({ status }) => status === "pending").length;
    const report = await asha.ask<{
      value: { missing: readonly string[]; extra: readonly string[]; different: readonly unknown[]; added: number };
    }>("POST", "/reconcile", {});
    expect(report.value).toMatchObject({ missing: [expect.stringMatching(/^asha-/)], extra: [], different: [], added: 0 });
    expect(await open()).toBeGreaterThan(0);
    // Three at once: the buy is added once, and none of them is lost in the ledger's computations.
    const three = await Promise.all([1, 2, 3].map(() => asha.ask<typeof report>("POST", "/reconcile", { addMissing: true })));
    expect(three.reduce((sum, { value }) => sum + value.added, 0)).toBe(1);
    expect(await asha.ask("POST", "/reconcile", { addMissing: true })).toMatchObject({ value: { missing: [], added: 0 } });
    expect(await open()).toBe(0);
    const { symbols } = await asha.ask<Pnl>("GET", "/pnl");
    expect(symbols.map(({ unmatchedSize }) => unmatchedSize)).toEqual(symbols.map(() => "0"));
    expect((await asha.ask<Page<Row>>("GET", "/service/tasks?name=reconcile")).rows.length).toBe(5);
  });

  test("the alerts go from the file to the table, phase by phase, and are the same ones all the way", async () => {
    const step = (action: string, status = 200): Promise<{ status: { phase: string } }> =>
      asha.ask("POST", "/migration", { action, why: "test" }, status);
    const prices = async (): Promise<readonly string[]> =>
      (await asha.ask<readonly Row[]>("GET", "/alerts")).map(({ price }) => price ?? "").sort();
    const put = (price: string): Promise<unknown> =>
      asha.ask("PUT", `/alerts/at-${price}`, { symbol: "BTC-USD", direction: "below", price });
    expect(await prices()).toEqual(["119.9", "2850.5", "72500"]);
    await step("advance");
    await put("60000.01");
    expect((await step("repair")).status).toMatchObject({ phase: "dual-write", dirtyKeys: 0 });
    await step("advance", 409);
    const { imports } = await asha.ask<{ imports: readonly (Row & { open: number; name: string })[] }>("GET", "/migration");
    const log = imports.find(({ name }) => name === "trade-log");
    const rejects = await asha.ask<readonly { line: number; kind: string }[]>("GET", `/imports/${log?.["runId"]}/rejects`);
    expect(rejects.map(({ kind }) => kind).sort()).toEqual(["conflict", "rejected", "rejected", "rejected", "rejected"]);
    expect(log?.open).toBe(5);
    for (const { line } of rejects) await asha.ask("POST", `/imports/${log?.["runId"]}/rejects/${line}`, { reason: "looked at" }, 204);
    await asha.ask("POST", `/imports/${log?.["runId"]}/rejects/${rejects[0]?.line}`, { reason: "again" }, 409);
    for (const phase of ["validate", "cutover"]) {
      await step("verify");
      await step("verify");
      expect((await step("advance")).status.phase).toBe(phase);
      await put(phase === "validate" ? "60000.02" : "60000.03");
    }
    const all = ["119.9", "2850.5", "60000.01", "60000.02", "60000.03", "72500"];
    expect(await prices()).toEqual(all);
    expect(
      await server.host.storage
        .forUser("asha")
        .table((await import("../server/tables.ts")).priceAlerts)
        .count(),
    ).toBe(all.length);
    expect((await step("rollback")).status.phase).toBe("dual-write");
    expect(await prices()).toEqual(all);
    await asha.ask("DELETE", "/alerts/at-60000.02", undefined, 204);
    const file = JSON.parse(readFileSync(server.host.places.alerts("asha"), "utf8")) as { alerts: readonly { price: number }[] };
    expect(file.alerts.length).toBe(all.length - 1);
    expect(await ben.ask("GET", "/alerts")).toHaveLength(3);
    expect(await ben.ask("GET", "/migration")).toMatchObject({ alerts: { phase: "legacy" } });
  });

  test("preferences are per user, and are asked for by the host's own session", async () => {
    const body = {
      method: "PATCH",
      headers: { cookie: asha.cookie, "Content-Type": "application/merge-patch+json" },
      body: '{"theme":"dark"}',
    };
    expect((await fetch(`${server.url}/api/user/preferences`, body)).status).toBe(200);
    expect(await asha.ask("GET", "/user/preferences")).toMatchObject({ value: { theme: "dark" } });
    expect(await ben.ask("GET", "/user/preferences")).toMatchObject({ value: { theme: "system" } });
  });

  test("the night brings a backup that restores, old ones go by plan, and Sunday brings the reconciliation", async () => {
    server.clock.advance(5 * DAY);
    const tasks = (): Promise<readonly Row[]> => allRows<Row>(kim, "/operations/tasks");
    const ended = async (): Promise<readonly string[]> =>
      (await tasks()).filter(({ status }) => status !== "running").map(({ taskName, status }) => `${taskName} ${status}`);
    await expect
      .poll(async () => [...(await ended())].sort(), { timeout: 60_000, interval: 100 })
      .toEqual(["nightly_backup success", "weekly_reconciliation success"]);
    for (const who of [asha, ben])
      expect((await who.ask<Page<Row>>("GET", "/service/tasks?name=reconcile&limit=1")).rows).toMatchObject([{ status: "success" }]);

    const place = server.host.places.backups;
    const [made = ""] = readdirSync(place).filter((name) => name.endsWith(".tar.zst"));
    const old = Array.from({ length: 12 }, (_, day) => `host_202501${String(day + 1).padStart(2, "0")}_020000.tar.zst`);
    for (const name of old) {
      copyFileSync(join(place, made), join(place, name));
      const day = name.slice(5, 13).replace(/(....)(..)(..)/, "$1-$2-$3");
      writeFileSync(join(place, `${name}.verified.json`), JSON.stringify({ ok: true, createdAt: `${day}T02:00:00.000Z` }));
    }
    const now = await kim.ask<{ value: { file: string; rows: number; removed: readonly string[] } }>("POST", "/operations/backups");
    const kept = readdirSync(place).filter((name) => name.endsWith(".tar.zst"));
    expect([...kept, ...now.value.removed].sort()).toEqual([...old, made, now.value.file.slice(place.length + 1)].sort());
    expect(now.value.removed.length).toBeGreaterThan(0);
    expect(now.value.rows).toBeGreaterThan(500);
    expect(await verifyBackup(now.value.file, { level: "databases", record: false })).toMatchObject({ ok: true });
    const listed = await kim.ask<readonly { verified: boolean; because: readonly string[] }[]>("GET", "/operations/backups");
    expect(listed.length).toBe(kept.length);
    for (const { verified, because } of listed) expect([verified, because.length > 0]).toEqual([true, true]);
  });

  test("after a restart nothing is imported twice, and a service that was killed is not said to run", async () => {
    const facts = async (): Promise<unknown> => [
      await asha.ask("GET", "/pnl"),
      (await allRows(asha, "/fills")).length,
      await asha.ask("GET", "/review"),
    ];
    const before = await facts();
    await server.host.storage.forUser("ben").services.heartbeat({ service: TRADER });
    // A restore that was killed before it touched anything: the start is what ends it.
    const { root } = server.host.places.data;
    const journal = join(dirname(root), `.${basename(root)}.td`, "journal.json");
    writeFileSync(
      journal,
      JSON.stringify({ version: 1, id: "0", step: "stage", hadLive: true, stopped: false, startedAt: "2025-01-01T00:00:00Z" }),
    );
    server = await server.restart();
    expect(existsSync(journal)).toBe(false);
    [asha, ben] = [await person(server.url, "asha"), await person(server.url, "ben")];
    expect(await facts()).toEqual(before);
    expect(await ben.ask("GET", "/service")).toMatchObject({ running: false, record: { running: false } });
    expect((await ben.ask<Page<Row>>("GET", "/service/logs?limit=1")).rows).toMatchObject([{ level: "WARNING" }]);
  });
});

testLiveFeed();

test("main.ts says where it is, and Ctrl-C stops it in good order with nothing left behind", async () => {
  const env = { ...process.env, PORT: "0", DATABASE_URL: undefined };
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts")], { env, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  await expect.poll(() => said, { timeout: 50_000 }).toContain("end with Ctrl-C");
  const [, url = "", folder = ""] = /^Open (\S+) .* kept in (\S+)$/m.exec(said) ?? [];
  await (await person(url, "asha")).ask("POST", "/service/start");
  expect(await (await fetch(url)).text()).toContain("<title>Desk</title>");
  const ended = once(child, "exit");
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  expect(existsSync(folder)).toBe(false);
});
