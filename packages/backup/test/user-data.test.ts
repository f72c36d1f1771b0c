// The data directory: private, complete, resolvable by keys; and the way of a legacy tree into it.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import {
  createBackup,
  legacyRules,
  listBackups,
  planRelocation,
  relocate,
  tradingLayout,
  userData,
  verifyBackup,
  type RelocateOptions,
} from "../src/index.ts";
import { balance, codeOf, fingerprint, folder, plant, plantDatabase } from "./workbench.ts";

test("init makes directories 700 and templates 600, once, and leaves what is there", async () => {
  const data = userData(join(folder(), "user_data"), tradingLayout);
  const made = await data.init();
  expect(made).toContain("credentials/kalshi/prod/kalshi-auth.txt.template");
  expect(await data.check()).toEqual([]);
  for (const [path, hash] of Object.entries(fingerprint(data.root)))
    expect([path, statSync(join(data.root, path)).mode & 0o777]).toEqual([path, hash === null ? 0o700 : 0o600]);
  writeFileSync(data.path("state", "account_mode.json.template"), "mine");
  expect(await data.init()).toEqual([]);
  expect(readFileSync(data.path("state", "account_mode.json.template"), "utf8")).toBe("mine");
});

test("check reports bits, missing directories and links; repair sets what it can and says what it cannot", async () => {
  const data = userData(join(folder(), "user_data"), tradingLayout);
  expect(await data.check()).toMatchObject([{ kind: "missing", path: "" }]);
  await data.init();
  plant(data.root, { "credentials/kalshi/prod/kalshi-auth.txt": "secret" });
  chmodSync(join(data.root, "credentials/kalshi/prod/kalshi-auth.txt"), 0o644);
  chmodSync(data.path("state"), 0o755);
  symlinkSync("/etc", join(data.root, "state/link"));
  expect((await data.check()).map(({ kind, path }) => [kind, path])).toEqual([
    ["unsupported", "state/link"],
    ["mode", "state"],
    ["mode", "credentials/kalshi/prod/kalshi-auth.txt"],
  ]);
  expect(await data.repair()).toMatchObject([{ kind: "unsupported", path: "state/link" }]);
});

test("paths are resolved by key and cannot leave their directory", () => {
  const data = userData("/srv/app/user_data", tradingLayout);
  expect(data.path("credentials.kalshi.prod", "kalshi-auth.txt")).toBe("/srv/app/user_data/credentials/kalshi/prod/kalshi-auth.txt");
  for (const name of ["../demo/kalshi.pem", "/etc/passwd", "", "a/../../b"]) expect(() => data.path("credentials", name)).toThrow(/path/);
  expect(() => userData("/srv", { directories: { out: "../out" } })).toThrow(/\.\./);
});

function legacy(): { place: string; options: RelocateOptions; calls: string[]; running: () => boolean } {
  const place = folder();
  const from = join(place, "backend/data");
  plant(from, {
    "users/user_0001/credentials/kalshi-credentials/prod/kalshi-auth.txt": "email:somebody@example.org\nkey:not-real\n",
    "users/user_0001/credentials/kalshi-credentials/demo/.env": "KALSHI_API_KEY_ID=none\n",
    "users/user_0001/preferences/trade_preferences.json": '{"auto_stop":true}',
    "users/user_0001/account_mode_state.json": '{"mode":"prod"}',
    "port_config.json": '{"main":3000}',
    "users/user_0001/accounts/kalshi/prod/fills.json": '{"fills":[]}',
  });
  plantDatabase(join(from, "users/user_0001/active_trades/active_trades.db"));
  plantDatabase(join(from, "users/user_0001/trade_history/trades.db"));
  const calls: string[] = [];
  const hook = (name: string) => async (): Promise<void> => void calls.push(name);
  const options = {
    from,
    to: userData(join(place, "user_data"), tradingLayout),
    map: legacyRules("users/user_0001"),
    services: { stop: hook("stop"), start: hook("start") },
    safety: { to: join(place, "safety"), encrypt: "none" },
  } as const;
  return { place, options, calls, running: () => calls.at(-1) === "start" };
}

// A commit that is only in the log, as a killed application leaves it.
function leaveLog(path: string): void {
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA wal_autocheckpoint=0; INSERT INTO entries (account, cents) VALUES ('x', 5), ('y', -5)");
  const [main, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  writer.close();
  writeFileSync(path, main);
  writeFileSync(`${path}-wal`, log);
}

test("a legacy tree comes into the data directory with every file, private, and the legacy tree stays as it was", async () => {
  const { options, calls } = legacy();
  const path = join(options.from, "users/user_0001/trade_history/trades.db");
  leaveLog(path);
  const before = fingerprint(options.from);
  await options.to.init();
  const report = await relocate(options);
  expect([report.files, calls]).toEqual([8, ["stop", "start"]]);
  expect(readFileSync(options.to.path("state", "account_mode.json"), "utf8")).toBe('{"mode":"prod"}');
  expect(existsSync(options.to.path("credentials.kalshi.demo", ".env"))).toBe(true);
  expect(existsSync(options.to.path("state", "port_config.json"))).toBe(true);
  expect(balance(options.to.path("databases.trades", "trades.db"))).toEqual({ rows: 202, cents: 0, integrity: "ok" });
  expect(balance(options.to.path("databases.activeTrades", "active_trades.db")).rows).toBe(200);
  expect(Object.fromEntries(Object.entries(fingerprint(options.from)).filter(([name]) => !name.endsWith("-shm")))).toEqual(before);
  expect((await options.to.check()).filter(({ kind, path: where }) => kind !== "mode" || !/-(wal|shm)$/.test(where))).toEqual([]);
  expect(await verifyBackup(report.safety.file)).toMatchObject({ ok: true, files: 8 });
  expect(await listBackups(join(options.from, "../../safety"), "data")).toMatchObject([{ file: report.safety.file, verified: true }]);
});

test("a file without a place stops everything before anything is stopped", async () => {
  const { place, options, calls } = legacy();
  plant(options.from, { "users/user_0001/.notes": "mine" });
  expect((await planRelocation(options)).unplaced).toEqual(["users/user_0001/.notes"]);
  await expect(relocate(options)).rejects.toMatchObject({ code: "invalid-option", facts: { paths: ["users/user_0001/.notes"] } });
  expect([calls, readdirSync(place)]).toEqual([[], ["backend"]]);
  await relocate({ ...options, ignore: ["**/.notes"] });
  expect(calls).toEqual(["stop", "start"]);
});

test("a place outside of the data directory, or one that two files would share, stops everything before anything is stopped", async () => {
  const { place, options, calls } = legacy();
  const rest = { from: "**", to: "state/rest/" };
  const to = (target: string) => [{ from: "port_config.json", to: target }, rest];
  for (const target of ["../../escaped.json", join(place, "absolute.json"), "state/../../x", "", "state", "State/port.json", "state\\x"])
    expect([target, await codeOf(relocate({ ...options, map: to(target) }))]).toEqual([target, "invalid-option"]);
  const twice = [{ from: "port_config.json", to: "state/A.json" }, { from: "**/trade_preferences.json", to: "state/a.json" }, rest];
  expect(await codeOf(relocate({ ...options, map: twice }))).toBe("invalid-option");
  expect([calls, readdirSync(place)]).toEqual([[], ["backend"]]);
});

test("data at the target is never touched, and a target in the legacy tree is refused", async () => {
  const { options, running } = legacy();
  plant(options.to.root, { "state/mine.json": "{}" });
  expect(await codeOf(relocate(options))).toBe("already-exists");
  expect(readFileSync(options.to.path("state", "mine.json"), "utf8")).toBe("{}");
  expect(await codeOf(relocate({ ...options, to: userData(join(options.from, "user_data"), tradingLayout) }))).toBe("invalid-option");
  expect(running()).toBe(false); // never stopped
});

test("when the application does not start on the new tree, it starts on the old one", async () => {
  const { place, options } = legacy();
  const starts: boolean[] = [];
  const start = async (): Promise<void> => {
    const onNew = existsSync(options.to.root);
    starts.push(onNew);
    if (onNew) throw new Error("cannot read the new layout");
  };
  expect(await codeOf(relocate({ ...options, services: { stop: async () => undefined, start } }))).toBe("rolled-back");
  expect([starts, existsSync(options.to.root)]).toEqual([[true, false], false]);
  expect((await createBackup({ root: options.to }).recover()).outcome).toBe("nothing");
  expect(readdirSync(join(place, "safety"))).toHaveLength(1);
});

test("a corrupt database stops the move with the application running as before", async () => {
  const { options, running } = legacy();
  const path = join(options.from, "users/user_0001/trade_history/trades.db");
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(4096, 0x5a), bytes.subarray(8192)]));
  expect(["database-corrupt", "database-failed"]).toContain(await codeOf(relocate(options)));
  expect([running(), existsSync(options.to.root)]).toEqual([true, false]);
});
