// kill -9 on the way up and down: the next one goes on, and in the end nothing shows that anyone was ever killed. And processes that start at once.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { failing, place, upConfirmed, type Cells, type Place } from "./migrator-support.ts";
import { killSchemas, slowSchema } from "./migrator-kill-schema.ts";
import { depth, KINDS } from "./workbench.ts";

const KILLS = depth(1, 60);
const BACK = "notes/0002-seed";

/** Starts a life; resolves when it begins its work. */
async function begin(url: string, what: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "migrator-child.ts"), [url, what], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  return child;
}

/** Lets a life run for some milliseconds at most; whether it got to its end. */
async function live(url: string, what: string, ms: number): Promise<boolean> {
  const child = await begin(url, what);
  const end = once(child, "exit");
  const killer = sleep(ms).then(() => child.kill("SIGKILL"));
  const [code, signal] = (await end) as [number | null, string | null];
  await killer;
  expect([0, null]).toContain(code);
  return signal === null;
}

/** All that is to be the same: which migrations are there, the tables with their indexes and conditions, every row. */
async function portrait(at: Place): Promise<readonly unknown[]> {
  const status = (await at.migrator(killSchemas).status()).map(({ migration, state }) => `${migration} ${state}`);
  const rows = [await at.run("select * from notes order by id"), await at.run("select * from remarks order by id")];
  return [status, await formOf(at), rows];
}

function formOf(at: Place): Promise<readonly Cells[]> {
  return at.run(
    at.kind === "sqlite"
      ? "select name, sql from sqlite_schema where tbl_name in ('notes', 'remarks', 'td_schema') order by name"
      : `select indexdef from pg_indexes where tablename in ('notes', 'remarks') union all
         select conname || pg_get_constraintdef(oid) from pg_constraint where conrelid in ('notes'::regclass, 'remarks'::regclass) union all
         select column_name || data_type || is_nullable from information_schema.columns where table_name in ('notes', 'remarks') union all
         select relname || relforcerowsecurity::text from pg_class where relname in ('notes', 'remarks') union all
         select name || fingerprint from td_schema where name in ('notes', 'remarks') order by 1`,
  );
}

async function down(at: Place): Promise<void> {
  const migrator = at.migrator(killSchemas);
  const { confirm } = await migrator.plan({ down: BACK });
  await migrator.down({ to: BACK, confirm });
}

test.each(KINDS)(
  `on %s, after ${KILLS} kills on the way up and as many on the way down, all is as undisturbed`,
  { timeout: 900_000 },
  async (kind) => {
    const [undisturbed, killed] = [await place(kind), await place(kind)];
    const began = performance.now();
    await upFromNothing(undisturbed);
    const length = (performance.now() - began) / 2;
    const above = await portrait(undisturbed);
    await down(undisturbed);
    const below = await portrait(undisturbed);
    await upConfirmed(undisturbed.migrator(killSchemas));
    expect(await portrait(undisturbed)).toEqual(above);

    await upFromNothing(killed);
    let kills = 0;
    for (let tries = 0; kills < 2 * KILLS && tries < 10 * KILLS; tries++) {
      const toBelow = tries % 2 === 0;
      if (!(await live(killed.url, toBelow ? BACK : "up", Math.random() * length))) kills++;
      if (toBelow) await down(killed);
      else await upConfirmed(killed.migrator(killSchemas));
      expect(await portrait(killed)).toEqual(toBelow ? below : above);
    }
    expect(kills).toBeGreaterThan(0);
    await upConfirmed(killed.migrator(killSchemas));
    expect(await killed.migrator(killSchemas).verify()).toEqual([]);
  },
);

// The schema's migrations do more than a new form, so that they all run.
async function upFromNothing(at: Place): Promise<void> {
  const { ran } = await upConfirmed(at.migrator(killSchemas));
  expect(ran.map(({ migration }) => migration)).toEqual([
    "notes/0001-tables",
    "notes/0002-seed",
    "notes/0003-mood",
    "notes/0004-title",
    "notes/0005-by-mood",
  ]);
}

test.each(KINDS)(
  "on %s, two that start together run each migration once, and one that will not wait is told who has the lock",
  { timeout: 120_000 },
  async (kind) => {
    const at = await place(kind);
    const lives = await Promise.all([begin(at.url, "slow"), begin(at.url, "slow")]);
    const ends = lives.map(async (life) => ((await once(life, "message")) as [readonly string[]])[0]);
    await expect.poll(() => isHeld(at), { timeout: 30_000, interval: 20 }).toBe(true);
    const error = await failing(at.migrator([slowSchema], { lockTimeoutMs: 50 }).up(), "locked");
    expect(lives.map(({ pid }) => `process ${pid}`)).toContain(/process \d+/.exec(String(error.facts["holder"]))?.[0]);
    expect((await Promise.all(ends)).flat()).toEqual(["slow/0001-slow"]);
  },
);

async function isHeld(at: Place): Promise<boolean> {
  const dry = at.migrator([slowSchema], { lockTimeoutMs: 0 });
  return dry.repair({ migration: "slow/none", as: "forget", reason: "only to see who has the lock" }).then(
    () => false,
    (reason: unknown) => reason instanceof Error && "code" in reason && reason.code === "locked" && reason.message.includes("process"),
  );
}
