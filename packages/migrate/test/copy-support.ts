// What the tests of copies share: a database per copy on each engine, opened with its system role, and a dataset that has something of everything.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { defineImport, instantText, decimalText, records, requiredText, runImport } from "@td/migrate";
import { fills, openStorage, type Storage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { lines, marks, OPTIONS, pages, TABLES } from "./copy-tables.ts";
import { execute, folder, ownerUrl, type Kind } from "./workbench.ts";

/** Where a copy's database is. */
export interface Place {
  readonly url: string;
  readonly systemUrl?: string;
}

const NAME = `copy_${randomBytes(6).toString("hex")}`;
const [APP, SYSTEM, PASSWORD] = [`${NAME}_app`, `${NAME}_sys`, "secret"];
let template: Promise<void> | undefined;
let places = 0;

async function makeTemplate(): Promise<void> {
  await execute(ownerUrl("postgres"), `create database "${NAME}"`);
  const roles = { appRole: APP, password: PASSWORD, systemRole: SYSTEM, systemPassword: PASSWORD };
  await provisionPostgres({ ownerUrl: ownerUrl(NAME), ...roles, tables: TABLES });
}

/** A new empty database. */
export async function newPlace(kind: Kind): Promise<Place> {
  if (kind === "sqlite") return { url: `sqlite:${join(folder(), "td.db")}` };
  await (template ??= makeTemplate());
  const name = `${NAME}_${++places}`;
  await execute(ownerUrl("postgres"), `create database "${name}" template "${NAME}"`);
  const as = (role: string): string => {
    const url = new URL(ownerUrl(name));
    [url.username, url.password] = [role, PASSWORD];
    return url.href;
  };
  return { url: as(APP), systemUrl: as(SYSTEM) };
}

/** Opens a place for this test. */
export async function opened(place: Place): Promise<Storage> {
  const { url, ...more } = place;
  const storage = await openStorage(url, { ...OPTIONS, ...more });
  onTestFinished(() => storage.close());
  return storage;
}

/** A dataset: fills and two ledger versions, sealed credentials, an import with rejects, and a host's own tables. */
export async function fillDataset(storage: Storage, users: number, fillsEach: number): Promise<void> {
  for (let at = 0; at < users; at++) {
    const me = storage.forUser(`user ${at} \u{1F600}`);
    const trades = Array.from({ length: fillsEach }, (_, n) => ({
      id: `${(n * 7919) % 100_003}`,
      symbol: n % 3 === 0 ? "ETH-USD" : "BTC-USD",
      side: n % 4 === 3 ? ("sell" as const) : ("buy" as const),
      quantity: `0.${String(n + 1).padStart(18, "0")}`,
      price: `${n}.25`,
      fee: n % 5 === 0 ? "-0.000000000000000001" : "1.5",
      executedAt: new Date(1_700_000_000_000 + n * 1000),
      source: "test",
      attributes: { n, aa: [1.5e30, "é\n"] },
    }));
    await me.transaction(async (tx) => void (await tx.fills.importMany(trades)));
    await me.ledger.compute();
    await me.fills.insert({
      ...trades[0],
      id: "late",
      executedAt: "2020-01-01T00:00:00.000001Z",
      symbol: "ETH-USD",
      side: "buy",
      quantity: "1",
      price: "7",
      source: "late",
    });
    await me.ledger.compute();
    await me.credentials.put({ id: "main", broker: "zerodha", mode: "paper", secret: { token: `t${at}` } });
    await me.table(pages).importMany([{ id: "p" }, { id: "q" }]);
    await me.table(lines).importMany([
      { id: "1", page: "q" },
      { id: "2", page: "p" },
    ]);
    await me.table(marks).importMany(
      ["-2.5", "10", "9.5", "0"].flatMap((level) =>
        [-1, 10, 9].map((n) => ({
          at: `19${60 + Math.abs(n)}-01-01T00:00:00.5Z`,
          level,
          n,
          name: level === "0" ? "\u{FFFD}" : "\u{1F600}",
          up: n > 9,
        })),
      ),
    );
    await runImport(me, book);
  }
}

const book = defineImport({
  name: "book",
  source: records("book", [
    { id: "i1", price: "1", at: "2025-03-01T10:00:00Z" },
    { id: "i2", price: "NaN", at: "2025-03-01T10:00:00Z" },
  ]),
  schema: z.object({ id: requiredText(), price: decimalText(), at: instantText() }),
  map: ({ at, ...row }) => ({ ...row, symbol: "X-Y", side: "buy" as const, quantity: "1", executedAt: at, source: "book" }),
  into: fills,
});
