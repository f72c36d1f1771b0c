// What a dual write costs beside the two plain writes one after the other, as ratios of medians over interleaved rounds; and how long a verification
// of many keys takes, in how much memory.
// Run: pnpm --filter @td/migrate exec node bench/dual-write.bench.ts [writes=200] [rounds=5] [keys=100000]
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  dualWrite,
  dualWriteTables,
  jsonFileStore,
  repositoryStore,
  type DualWrite,
  type RecordStore,
  type StoredRecord,
} from "@td/migrate";
import { c, defineTable, openStorage, type RowOf, type Storage } from "@td/storage";
import { noteRatio } from "@td/testkit/bench";
import { peakMemory } from "../test/peak-memory.ts";

interface Fill {
  readonly id: string;
  readonly symbol: string;
  readonly price: string;
  readonly note: string | null;
}

const columns = { userId: c.text(), id: c.text(), symbol: c.text(), price: c.decimal(38, 18), note: c.text().nullable() };
const rows = defineTable("bench_fills", columns, { primaryKey: ["userId", "id"] });
const oldRows = defineTable("bench_old_fills", columns, { primaryKey: ["userId", "id"] });
const TABLES = [...dualWriteTables, rows, oldRows];
const WHO = { by: "bench", why: "bench" };

const fill = (at: number, turn: number): StoredRecord<Fill> => {
  const key = `order-${String(at).padStart(7, "0")}`;
  return { key, value: { id: key, symbol: "BTC-USD", price: `${turn}.25`, note: null } };
};

const fromRow = ({ id, symbol, price, note }: RowOf<typeof rows>): Fill => ({ id, symbol, price: price.toFixed(), note });

// One function for both tables: then td knows that equal rows are equal records, and a verification compares them where they lie.
function rowsOf(storage: Storage, table: typeof rows | typeof oldRows, me = storage.forUser("u")): RecordStore<Fill> {
  return repositoryStore(me, table as typeof rows, { toRow: ({ symbol, price, note }: Fill) => ({ symbol, price, note }), fromRow });
}

interface Sides {
  readonly legacy: RecordStore<Fill>;
  readonly next: RecordStore<Fill>;
  readonly dual: DualWrite<Fill>;
  readonly close: () => Promise<void>;
}

/** Where the sides lie; durable as an application has it. */
const PLACES: Readonly<Record<string, (folder: string) => Promise<Sides>>> = {
  "JSON file of 1,000 records to rows beside the control": async (folder) => {
    const storage = await openStorage(`sqlite:${join(folder, "td.db")}`, { tables: TABLES });
    const me = storage.forUser("u");
    const legacy = jsonFileStore<Fill>(join(folder, "fills.json"), { key: "id" });
    return made(legacy, rowsOf(storage, rows, me), me, [storage]);
  },
  "rows beside the control to rows in another database": async (folder) => {
    const [here, there] = [
      await openStorage(`sqlite:${join(folder, "here.db")}`, { tables: TABLES }),
      await openStorage(`sqlite:${join(folder, "there.db")}`, { tables: TABLES }),
    ];
    const me = here.forUser("u");
    return made(rowsOf(here, oldRows, me), rowsOf(there, rows), me, [here, there]);
  },
  "rows to rows in one database": async (folder) => {
    const storage = await openStorage(`sqlite:${join(folder, "td.db")}`, { tables: TABLES });
    const me = storage.forUser("u");
    return made(rowsOf(storage, oldRows, me), rowsOf(storage, rows, me), me, [storage]);
  },
};

async function made(
  legacy: RecordStore<Fill>,
  next: RecordStore<Fill>,
  control: ReturnType<Storage["forUser"]>,
  storages: readonly Storage[],
): Promise<Sides> {
  const dual = dualWrite<Fill>({ name: "bench", legacy, next, control, gates: { cleanVerifications: 0 } });
  const first = Array.from({ length: 1000 }, (_, at) => fill(at, 0));
  await legacy.put(first);
  await next.put(first);
  await dual.advance(WHO);
  return {
    legacy,
    next,
    dual,
    close: async () => {
      await dual.settled();
      for (const storage of storages) await storage.close();
    },
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function overhead(place: string, size: number, writes: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
  const sides = await PLACES[place]?.(folder);
  if (sides === undefined) return;
  const { legacy, next, dual } = sides;
  let turn = 0;
  const batch = (): StoredRecord<Fill>[] => Array.from({ length: size }, (_, at) => fill((turn * 7 + at) % 1000, ++turn));
  const times: { readonly plain: number[]; readonly dual: number[] } = { plain: [], dual: [] };
  for (let round = 0; round <= rounds; round++) {
    const plain = await milliseconds(async () => {
      for (let at = 0; at < writes; at++) {
        const records = batch();
        await legacy.put(records);
        await next.put(records);
      }
    });
    const both = await milliseconds(async () => {
      for (let at = 0; at < writes; at++) await dual.put(batch());
      await dual.settled();
    });
    if (round === 0) continue; // the first warms up
    times.plain.push(plain / writes);
    times.dual.push(both / writes);
  }
  await sides.close();
  rmSync(folder, { recursive: true });
  const [plain, both] = [median(times.plain), median(times.dual)];
  noteRatio({ what: `dual write, ${place}, clock`, size: `${size} per write`, against: "the two plain writes", ratio: both / plain });
  console.log(`${place}, ${size} per write: plain ${plain.toFixed(2)} ms, dual ${both.toFixed(2)} ms, ratio ${(both / plain).toFixed(2)}`);
}

/** A process of its own, so that its peak memory is its own. */
function verification(keys: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ["verify", String(keys)], { execArgv: ["--max-old-space-size=128"] });
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`verify of ${keys} keys ended with ${code}`))));
  });
}

async function verifyKeys(keys: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
  const sides = await PLACES["rows beside the control to rows in another database"]?.(folder);
  if (sides === undefined) return;
  for (let at = 0; at < keys; at += 5000) {
    const records = Array.from({ length: Math.min(5000, keys - at) }, (_, more) => fill(at + more, 1));
    await sides.legacy.put(records);
    await sides.next.put(records);
  }
  await sides.next.delete([fill(Math.floor(keys / 2), 1).key]);
  const before = process.memoryUsage().rss;
  let found = { keys: 0, missing: 0 };
  const ms = await milliseconds(async () => void (found = await sides.dual.verify()));
  await sides.close();
  rmSync(folder, { recursive: true });
  console.log(
    `verify: ${found.keys} keys, ${found.missing} missing found, ${(ms / 1000).toFixed(1)} s (${Math.round(keys / (ms / 1000))} keys/s), rss before ${Math.round(before / 2 ** 20)} MB, peak ${Math.round(peakMemory())} MB`,
  );
}

const [first = "200", rounds = "5", keys = "100000"] = process.argv.slice(2);
if (first === "verify") await verifyKeys(Number(rounds));
else {
  for (const place of Object.keys(PLACES))
    for (const size of [1, 100]) await overhead(place, size, Math.ceil(Number(first) / (size === 1 ? 1 : 4)), Number(rounds));
  await verification(Math.ceil(Number(keys) / 10));
  await verification(Number(keys));
}
