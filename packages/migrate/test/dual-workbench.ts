// Sides for dual writes, some of which fail when they are told to.
import { join } from "node:path";
import {
  dualWrite,
  jsonFileStore,
  memoryStore,
  sameDecimal,
  type DualWrite,
  type DualWriteEvent,
  type DualWriteOptions,
  type RecordStore,
} from "@td/migrate";
import type { Scope } from "@td/storage";
import { oldQuotes, rowStore, TABLES } from "./dual-tables.ts";
import { scanned, type Quote } from "./store-conformance.ts";
import { folder, userOn, type Kind } from "./workbench.ts";

/** How a side lets the caller down; changed at will. */
export interface Fault {
  /** What a write does: nothing unusual, refuse before it writes, fail after it wrote, or wait for `answer`. */
  write: "none" | "refuse" | "fail-after" | "hang";
  /** Lets writes that hang go on. */
  answer: () => void;
  /** How many writes hang. */
  held: () => number;
  /** Forgets those that hang: they never end, as in a process that was killed. */
  drop: () => void;
  /** What a read does. */
  read: "none" | "refuse";
}

/** The same store, which fails when it is told to. */
export function unreliable<T>(store: RecordStore<T>): { readonly store: RecordStore<T>; readonly fault: Fault } {
  let waiting: (() => void)[] = [];
  const fault: Fault = {
    write: "none",
    read: "none",
    held: () => waiting.length,
    drop: () => {
      waiting = [];
    },
    answer: () => {
      for (const go of waiting) go();
      waiting = [];
    },
  };
  const written = async (work: () => Promise<void>): Promise<void> => {
    const how = fault.write;
    if (how === "refuse") throw new Error("connection refused");
    if (how === "hang") await new Promise<void>((resolve) => waiting.push(resolve));
    await work();
    if (how === "fail-after") throw new Error("connection lost");
  };
  return {
    fault,
    store: {
      name: store.name,
      get: (key) => (fault.read === "refuse" ? Promise.reject(new Error("connection refused")) : store.get(key)),
      put: (records) => written(() => store.put(records)),
      delete: (keys) => written(() => store.delete(keys)),
      scan: (range) => store.scan(range),
    },
  };
}

/** Where the two sides lie. */
export const PLACES = ["file to rows", "outside", "rows to rows"] as const;
export type Place = (typeof PLACES)[number];

/** A dual write with all that it is made of. */
export interface Bench {
  readonly me: Scope;
  readonly legacy: RecordStore<Quote>;
  readonly next: RecordStore<Quote>;
  readonly legacyFault: Fault;
  readonly nextFault: Fault;
  readonly events: DualWriteEvent[];
  readonly clock: { now: number };
  readonly options: DualWriteOptions<Quote>;
  /** Another dual write over the same sides, as another process would have it. */
  readonly open: (more?: Partial<DualWriteOptions<Quote>>) => DualWrite<Quote>;
}

let benches = 0;

/** Sides and control, empty. The clock stands until it is moved. */
export async function bench(place: Place, kind: Kind = "sqlite", me?: Scope): Promise<Bench> {
  const scope = me ?? (await userOn(kind, TABLES));
  const events: DualWriteEvent[] = [];
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const legacyStore =
    place === "file to rows"
      ? jsonFileStore<Quote>(join(folder(), "quotes.json"), { key: "id", lock: false })
      : place === "outside"
        ? memoryStore<Quote>("old")
        : rowStore(scope, oldQuotes);
  const nextStore = place === "outside" ? memoryStore<Quote>("new") : rowStore(scope);
  const [legacy, next] = [unreliable(legacyStore), unreliable(nextStore)];
  // The wrapped store still says whose scope it is in, so that one transaction holds both.
  const inScope = (store: RecordStore<Quote>, of: RecordStore<Quote>): RecordStore<Quote> =>
    "scope" in of ? ({ ...store, scope: scope } as RecordStore<Quote>) : store;
  const options: DualWriteOptions<Quote> = {
    name: `quotes ${benches++}`,
    legacy: inScope(legacy.store, legacyStore),
    next: inScope(next.store, nextStore),
    control: scope,
    canonical: { price: sameDecimal() },
    gates: { cleanVerifications: 1, errorBudget: 1 },
    secondaryTimeoutMs: 30_000,
    waitMs: 2000,
    now: () => new Date(clock.now),
    onEvent: (event) => events.push(event),
  };
  return {
    me: scope,
    legacy: legacyStore,
    next: nextStore,
    legacyFault: legacy.fault,
    nextFault: next.fault,
    events,
    clock,
    options,
    open: (more = {}) => dualWrite({ ...options, ...more }),
  };
}

/** Who decides in tests. */
export const ADA = { by: "ada", why: "test" } as const;

/** Brings a dual write to a phase, with all that its gates ask. */
export async function bring<T>(dual: DualWrite<T>, to: "dual-write" | "validate" | "cutover" | "archived"): Promise<void> {
  while ((await dual.status()).phase !== to) {
    if ((await dual.status()).phase !== "legacy") {
      await dual.repair({ keys: "all" });
      await dual.verify();
    }
    await dual.advance(ADA);
  }
}

/** All records of a store by key, decimals canonical. */
export async function contents(store: RecordStore<Quote>): Promise<Readonly<Record<string, string>>> {
  const price = sameDecimal();
  return Object.fromEntries((await scanned(store)).map(({ key, value }) => [key, `${price(value.price)} ${value.note ?? ""}`]));
}
