// Two processes write the same keys through a dual write while they are killed, sides refuse, hang and lose connections, disks fill, and phases
// change. Afterwards nothing that was acknowledged is missing, and both sides are equal.
import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dualWrite, jsonFileStore, sameDecimal, type DualWrite } from "@td/migrate";
import { expect, onTestFinished, test } from "vitest";
import { rowStore, TABLES } from "./dual-tables.ts";
import { ADA } from "./dual-workbench.ts";
import { scanned, type Quote } from "./store-conformance.ts";
import { depth, folder, KINDS, newName, storageOn, urlOn } from "./workbench.ts";

const KILLS = depth(2, 100);
const WRITES = depth(20, 10_000);

/** One write as its process told it. */
interface Told {
  readonly who: string;
  readonly keys: readonly string[];
  readonly gone: boolean;
  outcome: "unknown" | "acknowledged" | "failed";
}

/** What all lives told, in the order of each process. */
class Record {
  readonly writes = new Map<string, Told>();
  acknowledged = 0;

  hear(
    who: string,
    message: {
      readonly intent?: string;
      readonly ack?: string;
      readonly failed?: string;
      readonly keys?: string[];
      readonly gone?: boolean;
    },
  ): void {
    const { intent, keys = [], gone = false } = message;
    if (intent !== undefined) this.writes.set(intent, { who, keys, gone, outcome: "unknown" });
    const told = this.writes.get(message.ack ?? message.failed ?? "");
    if (told === undefined) return;
    told.outcome = message.ack === undefined ? "failed" : "acknowledged";
    if (message.ack !== undefined) this.acknowledged++;
  }

  /** The stamps that may stand last under a key; `undefined` for none. Per process: its last acknowledged write, or a later one of which nothing is known. */
  lastOf(key: string): readonly (string | undefined)[] {
    const perProcess = new Map<string, { readonly stamp: string; readonly told: Told }[]>();
    for (const [stamp, told] of this.writes) {
      if (!told.keys.includes(key)) continue;
      const before = told.outcome === "acknowledged" ? [] : (perProcess.get(told.who) ?? []);
      perProcess.set(told.who, [...before, { stamp, told }]);
    }
    const possible = [...perProcess.values()].flat().map(({ stamp, told }) => (told.gone ? undefined : stamp));
    const certain = [...perProcess.values()].some((writes) => writes[0]?.told.outcome === "acknowledged");
    return certain ? possible : [...possible, undefined];
  }
}

test.each(KINDS)(`on %s nothing acknowledged is lost in ${KILLS} kills`, { timeout: 3_000_000 }, async (kind) => {
  const place = folder();
  const database = join(place, "td.db");
  const file = join(place, "quotes.json");
  const [url, user] = [await urlOn(kind, database, TABLES), newName()];
  const me = (await storageOn(kind, database, TABLES)).forUser(user);
  const options = {
    legacy: jsonFileStore<Quote>(file, { key: "id", lockTimeoutMs: 20_000 }),
    next: rowStore(me),
    control: me,
    leaseMs: 1000,
  };
  const dual = dualWrite<Quote>({
    name: "quotes",
    ...options,
    canonical: { price: sameDecimal() },
    gates: { cleanVerifications: 1, errorBudget: 1 },
  });
  await dual.advance(ADA);
  const record = new Record();
  let kills = 0;
  let life = 0;

  /** Begins a life; it counts as one of `who`. */
  const begin = (who: string): ChildProcess => {
    const child = fork(join(import.meta.dirname, "dual-write-child.ts"), [url, user, file, who, String(++life)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    child.on("message", (message) => record.hear(who, message as never));
    return child;
  };
  const ended = (child: ChildProcess): Promise<void> =>
    child.exitCode === null && child.signalCode === null
      ? new Promise((resolve) => child.once("exit", () => resolve()))
      : Promise.resolve();
  const heard = async (more: number): Promise<void> => {
    const enough = record.acknowledged + more;
    while (record.acknowledged < enough) await sleep(2);
  };

  const lives = { one: begin("one"), two: begin("two") };
  const tell = (word: string): void => {
    for (const child of Object.values(lives)) child.send(word);
  };
  for (const phase of ["validate", "cutover", "dual-write"] as const) {
    const share = (count: number): number => Math.ceil(count / 3);
    const target = { kills: Math.min(KILLS, kills + share(KILLS)), acknowledged: record.acknowledged + share(WRITES) };
    while (kills < target.kills || record.acknowledged < target.acknowledged) {
      await heard(1 + Math.floor(Math.random() * (WRITES / KILLS / 2)));
      if (kills >= target.kills) continue;
      await sleep(Math.random() * 20);
      const who = kills++ % 2 === 0 ? "one" : "two";
      lives[who].kill("SIGKILL");
      await ended(lives[who]);
      lives[who] = begin(who);
    }
    // They go on writing while the phase changes.
    tell("calm");
    await heard(2);
    await change(dual, phase);
    await heard(2);
    tell("storm");
  }
  tell("stop");
  await Promise.all(Object.values(lives).map(ended));

  await mended(dual);
  expect(await dual.verify()).toMatchObject({ clean: true, phase: "dual-write" });
  const [legacy, next] = [await scanned(options.legacy), await scanned(options.next)];
  expect(legacy.map(({ key, value }) => [key, value.note])).toEqual(next.map(({ key, value }) => [key, value.note]));
  const standing = new Map(legacy.map(({ key, value }) => [key, value.note ?? undefined]));
  for (let at = 0; at < 25; at++) expect(record.lastOf(`k${at}`)).toContain(standing.get(`k${at}`));
  expect(kills).toBe(KILLS);
  expect(record.acknowledged).toBeGreaterThanOrEqual(WRITES);
});

/** Repairs until nothing is left: late writes keep their keys for the length of a lease. */
async function mended(dual: DualWrite<Quote>): Promise<void> {
  while ((await dual.repair()).left > 0) await sleep(100);
}

/** Changes the phase under load: on to `validate` and `cutover`, or back to `dual-write`. */
async function change(dual: DualWrite<Quote>, to: "validate" | "cutover" | "dual-write"): Promise<void> {
  for (;;) {
    // Keys that the writers have in their hands are left, and their writers mend them. What differs is known to: nothing else is found.
    await dual.repair();
    const { missing, extra, different } = await dual.verify();
    expect({ missing, extra, different }).toEqual({ missing: 0, extra: 0, different: 0 });
    const refused: unknown = await (to === "dual-write" ? dual.rollback(ADA) : dual.advance(ADA)).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) return;
    expect(refused).toMatchObject({ code: "gates-not-met" });
  }
}
