// The story: a clean install, a migration, updates that go well and badly, a power cut, a move to another host. One function a deployment.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createBackup,
  legacyRules,
  listBackups,
  planRelocation,
  planRetention,
  relocate,
  sqliteDatabases,
  tradingLayout,
  userData,
  verifyBackup,
  type AgeKey,
} from "@td/backup";
import { appService, type AppService } from "./app-service.ts";
import { makeBook, writeLegacyInstall } from "./legacy-install.ts";

/** Where a deployment works, with what, and how it tells what it does. */
export interface Stage {
  /** A directory of its own. */
  readonly place: string;
  /** The key that archives are made for; only the restoring side has the identity. */
  readonly key: AgeKey;
  /** Prints a line. */
  readonly say: (line: string) => void;
}

/** A new host: directories, templates, bits; the operator fills in the templates; the application starts. */
export async function cleanInstall({ place, say }: Stage): Promise<void> {
  const data = userData(join(place, "clean/user_data"), tradingLayout);
  const made = await data.init();
  say(`clean install: ${made.length} directories and templates made, ${(await data.check()).length} problems`);
  copyFileSync(data.path("state", "account_mode.json.template"), data.path("state", "account_mode.json"));
  writeFileSync(data.path("credentials.kalshi.prod", "kalshi-auth.txt"), "email:somebody@example.org\nkey:none\n", { mode: 0o644 });
  makeBook(data.path("databases.trades", "trades.db"), 0);
  const problems = await data.check();
  const left = await data.repair();
  say(`  the operator's files: ${problems.length > 0 ? "wrong bits found and repaired" : "private already"}, ${left.length} left`);
  const app = appService({ root: data.root, layout: "user-data" });
  await app.start();
  await app.health?.();
  await app.stop();
  say("  the application starts, is healthy, stops");
}

/** An old installation that is trading: everything moves out of the code tree, nothing is lost. Returns the service on the new tree. */
export async function migration({ place, key, say }: Stage): Promise<AppService> {
  const legacy = writeLegacyInstall(join(place, "old"));
  const data = userData(join(place, "new/user_data"), tradingLayout);
  const app = appService({ root: legacy, layout: "legacy" });
  await app.start();
  await sleep(50);
  const map = legacyRules("users/user_0001");
  const { unplaced } = await planRelocation({ from: legacy, map });
  say(`migration: files without a place: ${unplaced.join(", ")}`);
  let before = 0;
  const stop = async (): Promise<void> => {
    before = (await app.book()).trades;
    await app.stop();
  };
  const start = async (): Promise<void> => {
    app.data = existsSync(data.path("databases.trades", "trades.db"))
      ? { root: data.root, layout: "user-data" }
      : { root: legacy, layout: "legacy" };
    await app.start();
  };
  const services = { ...app, stop, start };
  const report = await relocate({
    from: legacy,
    to: data,
    map,
    ignore: ["README.txt"],
    services,
    safety: { to: join(place, "backups"), encrypt: { recipients: [key.recipient] } },
  });
  const { trades } = await app.book();
  const placed = report.moves.filter(({ from }) => /active_trades\.db$|port_config/.test(from)).map(({ to }) => to);
  say(`  ${report.files} files moved; ${placed.sort().join(" and ")} among them`);
  say(`  trades: ${trades >= before && before > 2000 ? "every one is there, and more since" : `${before} before, ${trades} after`}`);
  const modes = await data.check();
  say(
    `  bits: ${modes.filter(({ path }) => !/-(wal|shm)$/.test(path)).length} wrong; the old tree is ${existsSync(join(legacy, "port_config.json")) ? "still there" : "gone"}`,
  );
  return app;
}

/** An update that works and one that does not, with a backup before each, while the application trades. */
export async function updates({ place, key, say }: Stage, app: AppService): Promise<string> {
  const backup = createBackup({ root: app.data.root, databases: [sqliteDatabases("databases/**/*.db")], services: app });
  const before = await app.book();
  const { file } = await backup.create({ to: join(place, "backups"), encrypt: { recipients: [key.recipient] } });
  const verified = await verifyBackup(file, { identities: [key.identity], level: "drill" });
  say(`update to version 2: backup made while trading, ${verified.ok ? "verified by a drill" : "bad"}`);
  await app.stop();
  app.version = 2;
  await app.start();
  say(`  version 2 runs, the book ${(await app.book()).cents === 0 ? "balances" : "does not balance"}`);
  await app.stop();
  const { file: beforeUpdate } = await backup.create({ to: join(place, "backups"), encrypt: { recipients: [key.recipient] } });
  await verifyBackup(beforeUpdate, { identities: [key.identity] });
  app.version = 3;
  const failure = await app.start().then(
    () => "none",
    (error: Error) => error.message,
  );
  say(`update to version 3: ${failure}`);
  app.version = 2;
  await backup.restore(beforeUpdate, { identities: [key.identity] });
  const after = await app.book();
  say(
    `  restored: version 2 runs, the book ${after.cents === 0 ? "balances" : "does not balance"}, trades ${after.trades >= before.trades ? "are all there" : "are missing"}`,
  );
  return beforeUpdate;
}

/** The process that restores is killed while the services are down. */
export async function powerCut({ key, say }: Stage, app: AppService, archive: string): Promise<void> {
  await app.stop();
  const mode = join(app.data.root, "state/account_mode.json");
  writeFileSync(mode, '{"mode":"demo"}');
  const { signal } = spawnSync(process.execPath, [
    "--no-warnings",
    join(import.meta.dirname, "killed-restore.ts"),
    app.data.root,
    archive,
    key.identity,
  ]);
  const backup = createBackup({ root: app.data.root, services: app });
  const first = await backup.recover();
  const again = await backup.recover();
  const { cents } = await app.book();
  say(
    `power cut: the restore ended by ${signal}; recover() says ${first.outcome}, then ${again.outcome}; mode ${readFileSync(mode, "utf8").trim()}`,
  );
  say(`  the application runs, the book ${cents === 0 ? "balances" : "does not balance"}`);
}

/** Another host: create here, restore there; the archive is all that travels. */
export async function anotherHost({ place, key, say }: Stage, app: AppService): Promise<void> {
  const name = "travels";
  await createBackup({ root: app.data.root }).create({ to: join(place, "backups"), name, encrypt: { recipients: [key.recipient] } });
  const [found] = await listBackups(join(place, "backups"), name);
  const root = join(place, "host-b/user_data");
  const there = appService({ root, layout: "user-data" });
  const data = userData(root, tradingLayout);
  const report = await createBackup({ root, services: there }).restore(found?.file ?? "", { identities: [key.identity] });
  const { cents } = await there.book();
  await there.stop();
  say(
    `another host: ${report.files} files restored, ${(await data.check()).length} problems, the book ${cents === 0 ? "balances" : "does not balance"}`,
  );
}

/** What may go, and what a damaged archive is worth. */
export async function housekeeping({ place, key, say }: Stage): Promise<void> {
  const directory = join(place, "backups");
  const [damaged] = readdirSync(directory).filter((name) => name.startsWith("travels") && name.endsWith(".age"));
  const file = join(directory, damaged ?? "");
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
  chmodSync(file, 0o600);
  writeFileSync(file, bytes);
  const report = await verifyBackup(file, { identities: [key.identity], level: "hashes" });
  say(`housekeeping: one flipped bit is found (${report.problems.map(({ code }) => code).join()})`);
  const plan = planRetention(await listBackups(directory, "user_data"), { keepLast: 1, daily: 7, weekly: 4, monthly: 12 });
  say(`  to keep: ${plan.keep.map(({ because }) => because[0]).join("; ")}`);
  say(`  to remove: ${plan.remove.length}`);
  rmSync(file);
}
