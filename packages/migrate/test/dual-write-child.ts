// One life of a program that writes through a dual write and is about to be killed: node dual-write-child.ts URL USER FILE WHO SEED.
// Says each write before it and after it; while it is told to, its sides fail in every way.
import { dualWrite, jsonFileStore, sameDecimal, type RecordStore } from "@td/migrate";
import { openStorage } from "@td/storage";
import { write } from "@td/storage/internal";
import { rowStore, TABLES } from "./dual-tables.ts";
import type { Quote } from "./store-conformance.ts";

const [url = "", user = "", file = "", who = "", seed = ""] = process.argv.slice(2);
const storage = await openStorage(url, { tables: TABLES, durability: "normal", busyTimeoutMs: 20_000 });
const me = storage.forUser(user);

let state = Number(seed);
/** A number from 0 to below `end`, from the seed. */
function random(end: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * end);
}

let storm = true;
const stop = new AbortController();
process.on("message", (message) => {
  if (message === "stop") stop.abort();
  else storm = message === "storm";
});

/** A side that sometimes refuses, answers late, fails late, or fails after it wrote. */
function stormy(store: RecordStore<Quote>): RecordStore<Quote> {
  const through = async (work: () => Promise<void>): Promise<void> => {
    const how = storm ? random(40) : 99;
    if (how === 0) throw new Error("connection refused");
    if (how === 1) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    if (how === 2) await new Promise((resolve) => setTimeout(resolve, 60));
    if (how === 3) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      throw new Error("no answer");
    }
    await work();
    if (how === 4) throw new Error("connection lost");
  };
  return { ...store, put: (records) => through(() => store.put(records)), delete: (keys) => through(() => store.delete(keys)) };
}

const dual = dualWrite<Quote>({
  name: "quotes",
  legacy: stormy(jsonFileStore<Quote>(file, { key: "id", lockTimeoutMs: 20_000 })),
  next: stormy(rowStore(me)),
  control: me,
  canonical: { price: sameDecimal() },
  secondaryTimeoutMs: 40,
  leaseMs: 1000,
});

const say = (message: object): Promise<unknown> => new Promise((resolve) => process.send?.(message, resolve));

for (let turn = 1; !stop.signal.aborted; turn++) {
  const keys = [...new Set(Array.from({ length: 1 + random(3) }, () => `k${random(25)}`))];
  const gone = random(6) === 0;
  const stamp = `${who}-${seed}-${turn}`;
  await say({ intent: stamp, keys, gone });
  if (storm && url.startsWith("sqlite:") && random(50) === 0) await write(me, (connection) => connection.exec("pragma max_page_count = 1"));
  try {
    if (gone) await dual.delete(keys);
    else await dual.put(keys.map((key) => ({ key, value: { id: key, symbol: "BTC-USD", price: `${turn}.10`, note: stamp } })));
    await say({ ack: stamp });
  } catch {
    await say({ failed: stamp });
  }
  if (url.startsWith("sqlite:")) await write(me, (connection) => connection.exec("pragma max_page_count = 1000000")).catch(() => undefined);
}
process.disconnect();
process.exit(0);
