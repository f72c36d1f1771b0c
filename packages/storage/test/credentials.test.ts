// What a host does with credentials, what nobody gets at, and what stays on record.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { c, defineTable, openStorage } from "../src/index.ts";
import type { Credential, CredentialInput, QueryEvent, Scope, Storage, StorageOptions } from "../src/index.ts";
import { read } from "../src/internal.ts";
import { allFacesOf, K1, K2, K3, must, typedFailure } from "./credentials-support.ts";
import { atEnd } from "./at-end.ts";
import { failure, openTemp, runs, tempFolder } from "./support.ts";

const SECRET = { apiKey: "AKIA-plain-key-1", apiSecret: "plain/secret+1" };
const HIDDEN = Object.values(SECRET);
const MAIN: CredentialInput = { id: "main", broker: "zerodha", mode: "paper", secret: SECRET };
const WHO = { actor: "bot:arena-1" };

const openSealed = (options: StorageOptions = {}): Promise<Storage> => openTemp("file", { keyring: { active: K1 }, ...options });
const textsOf = (credential: Credential): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(credential.secret).map(([name, value]) => [name, value.reveal()]));
const actionsOf = async (me: Scope, credentialId?: string): Promise<readonly string[]> =>
  (await me.credentials.audit(credentialId === undefined ? {} : { credentialId })).rows.map(
    ({ action, credentialId: id }) => `${action} ${id}`,
  );

/** Another connection to the file, as somebody with the database in hand has it. */
function intruder(storage: Storage): Database.Database {
  const database = new Database(storage.path);
  atEnd(() => void database.close());
  return database;
}

describe("a credential", () => {
  it("comes back as it was put, with what can be told of it", async () => {
    const me = (await openSealed()).forUser("ann");
    const put = await me.credentials.put({ ...MAIN, label: "My account" });
    expect(put).toEqual({
      id: "main",
      broker: "zerodha",
      mode: "paper",
      label: "My account",
      keyId: "k1",
      revision: 1,
      createdAt: expect.any(String),
      updatedAt: put.createdAt,
      lastReadAt: null,
    });
    const opened = await me.credentials.open("main", WHO);
    expect(textsOf(opened)).toEqual(SECRET);
    const { secret: _, lastReadAt, ...info } = opened;
    expect({ ...info, lastReadAt: null }).toEqual(put);
    expect(lastReadAt).not.toBeNull();
  });

  it("holds any text of any script, and 100 kB of it", async () => {
    const me = (await openSealed()).forUser("ann");
    const secret = { pem: "-----BEGIN KEY-----\n\u{1F511}".repeat(4000), odd: "\u0000\ud800 \"'\\ \r\n ключ 密钥", empty: "" };
    expect(Buffer.byteLength(secret.pem)).toBeGreaterThan(90_000);
    await me.credentials.put({ ...MAIN, secret });
    expect(textsOf(await me.credentials.open("main", WHO))).toEqual(secret);
    const big = { pem: "x".repeat(200_000) };
    await me.credentials.put({ ...MAIN, secret: big });
    expect(textsOf(await me.credentials.open("main", WHO))).toEqual(big);
  });

  it("is replaced whole by a second put: secret, mode and data key; its label stays when none is given", async () => {
    const me = (await openSealed()).forUser("ann");
    const raw = (): Promise<unknown> => read(me, (db) => db.all(`select sealed from broker_credentials`));
    const first = await me.credentials.put({ ...MAIN, label: "old" });
    const before = await raw();
    const second = await me.credentials.put({ ...MAIN, mode: "broker", secret: { token: "t" } });
    expect(second).toMatchObject({ mode: "broker", label: "old", revision: 2, createdAt: first.createdAt });
    expect(await raw()).not.toEqual(before);
    expect(textsOf(await me.credentials.open("main", WHO))).toEqual({ token: "t" });
    await me.credentials.put({ ...MAIN, label: "" });
    expect((await me.credentials.list())[0]?.label).toBe("");
  });

  it("is put only over the revision expected; reading does not change that", async () => {
    const me = (await openSealed()).forUser("ann");
    await failure(me.credentials.put(MAIN, { ifRevision: 1 }), "revision-conflict");
    await me.credentials.put(MAIN, { ifRevision: 0 });
    await failure(me.credentials.put(MAIN, { ifRevision: 0 }), "revision-conflict");
    await me.credentials.open("main", WHO);
    expect((await me.credentials.list())[0]).toMatchObject({ revision: 1, lastReadAt: expect.any(String) });
    expect(await me.credentials.put(MAIN, { ifRevision: 1 })).toMatchObject({ revision: 2 });
    expect((await failure(me.credentials.put(MAIN, { ifRevision: 1 }), "revision-conflict")).facts).toMatchObject({
      expected: 1,
      actual: 2,
    });
  });

  it("keeps its broker for life", async () => {
    const me = (await openSealed()).forUser("ann");
    await me.credentials.put(MAIN);
    await failure(me.credentials.put({ ...MAIN, broker: "kite" }), "bad-request");
    await me.credentials.delete("main");
    expect(await me.credentials.put({ ...MAIN, broker: "kite" })).toMatchObject({ broker: "kite", revision: 1 });
  });

  it("is deleted once, and is not found then", async () => {
    const me = (await openSealed()).forUser("ann");
    await me.credentials.put(MAIN);
    expect([await me.credentials.delete("main"), await me.credentials.delete("main")]).toEqual([true, false]);
    expect(await me.credentials.list()).toEqual([]);
    await failure(me.credentials.open("main", WHO), "not-found");
  });

  it("for paper is not opened by who wants one for the broker, nor the other way round", async () => {
    const me = (await openSealed()).forUser("ann");
    await me.credentials.put(MAIN);
    await me.credentials.put({ ...MAIN, id: "live", mode: "broker" });
    expect(textsOf(await me.credentials.open("live", { ...WHO, mode: "broker" }))).toEqual(SECRET);
    await typedFailure(() => me.credentials.open("live", { ...WHO, mode: "paper" }), ["bad-request"], HIDDEN);
    await typedFailure(() => me.credentials.open("main", { ...WHO, mode: "broker" }), ["bad-request"], HIDDEN);
  });

  it("is rolled back with the transaction that put it, its record too", async () => {
    const me = (await openSealed()).forUser("ann");
    await expect(
      me.transaction(async (tx) => {
        await tx.credentials.put(MAIN);
        expect(await tx.credentials.list()).toHaveLength(1);
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    expect([await me.credentials.list(), await actionsOf(me)]).toEqual([[], []]);
  });

  it.each([
    ["no fields", { secret: {} }],
    ["a number for a value", { secret: { apiKey: "leaky-value-1", pin: 1234 } }],
    ["an undefined value", { secret: { apiKey: undefined } }],
    ["a field without a name", { secret: { "": "leaky-value-1" } }],
    ["a list", { secret: ["leaky-value-1"] }],
    ["a text", { secret: "leaky-value-1" }],
    ["more than 256 KiB", { secret: { "leaky-value-1": "x".repeat(263_000) } }],
  ])("is refused with %s, and nothing of it is repeated", async (_, change) => {
    const me = (await openSealed()).forUser("ann");
    const error = await typedFailure(
      () => me.credentials.put({ ...MAIN, ...change } as CredentialInput),
      ["value-rejected"],
      ["leaky-value-1", "1234"],
    );
    expect(error.message).toContain("The secret of a credential is refused");
    expect([await me.credentials.list(), await actionsOf(me)]).toEqual([[], []]);
  });

  it("is refused with unusable names, also when a secret is given in their place", async () => {
    const me = (await openSealed()).forUser("ann");
    const leak = "leaky-value-1".repeat(20);
    for (const change of [
      { id: "" },
      { id: leak },
      { broker: "" },
      { broker: leak },
      { broker: 7 },
      { mode: leak },
      { mode: undefined },
      { label: leak },
    ]) {
      await typedFailure(() => me.credentials.put({ ...MAIN, ...change } as CredentialInput), ["bad-request"], [...HIDDEN, leak]);
    }
    for (const actor of ["", leak, undefined]) {
      await typedFailure(() => me.credentials.put(MAIN, { actor } as typeof WHO), ["bad-request"], [...HIDDEN, leak]);
      await typedFailure(() => me.credentials.open("main", { actor } as typeof WHO), ["bad-request"], [leak]);
    }
    await typedFailure(() => me.credentials.put({ ...MAIN, id: "half \ud800" }), ["value-rejected"], HIDDEN);
    await typedFailure(() => me.credentials.put({ ...MAIN, id: "with \u0000" }), ["value-rejected"], HIDDEN);
    expect([await me.credentials.list(), await actionsOf(me)]).toEqual([[], []]);
  });
});

describe("an opened credential", () => {
  it("shows [redacted] wherever it is printed, and its text only on request", async () => {
    const me = (await openSealed()).forUser("ann");
    await me.credentials.put(MAIN);
    const opened = await me.credentials.open("main", WHO);
    const apiKey = must(opened.secret["apiKey"]);
    // As somebody writes it who takes it for a text.
    const text = apiKey as unknown as string;
    const shown = [
      JSON.stringify(opened),
      JSON.stringify({ apiKey }),
      JSON.stringify([apiKey]),
      inspect(opened, { depth: 9 }),
      inspect(apiKey),
      String(apiKey),
      `key=${text}`,
      "key=" + text,
      apiKey.toString(),
      inspect(new Error(`bad key ${text}`)),
      inspect(new Map([[apiKey, apiKey]])),
      [apiKey].join(),
    ];
    for (const shows of shown) expect(shows).toContain("[redacted]");
    const other = [
      inspect(opened, { depth: 9, showHidden: true, customInspect: false, getters: true }),
      inspect(structuredClone({ ...opened, secret: { apiKey } }), { depth: 9 }),
      JSON.stringify(Object.entries(opened.secret).map(([, value]) => Object.assign({}, value))),
      Object.prototype.toString.call(apiKey),
      JSON.stringify(Reflect.ownKeys(apiKey)),
    ];
    for (const shows of [...shown, ...other]) for (const secret of HIDDEN) expect(shows).not.toContain(secret);
    expect(apiKey.reveal()).toBe(SECRET.apiKey);
    expect(() => Object.assign(opened.secret, { apiKey: "x" })).toThrow(TypeError);
  });
});

describe("the list", () => {
  it("tells what the user has, by id, and decrypts nothing: it needs no key", async () => {
    const storage = await openSealed();
    const me = storage.forUser("ann");
    await me.credentials.put({ ...MAIN, id: "b" });
    await me.credentials.put({ ...MAIN, id: "a", mode: "broker" });
    await me.credentials.put({ ...MAIN, id: "c", broker: "kite", mode: "broker" });
    await storage.close();
    const keyless = await openStorage(`sqlite:${storage.path}`);
    atEnd(() => keyless.close());
    const { credentials } = keyless.forUser("ann");
    const ids = async (...filter: Parameters<typeof credentials.list>): Promise<string> =>
      (await credentials.list(...filter)).map(({ id }) => id).join("");
    expect([
      await ids(),
      await ids({ mode: "broker" }),
      await ids({ broker: "kite" }),
      await ids({ mode: "paper", broker: "kite" }),
    ]).toEqual(["abc", "ac", "c", ""]);
    expect(Object.keys((await credentials.list())[0] ?? {})).not.toContain("sealed");
    await failure(credentials.list({ mode: undefined } as object), "undefined-filter");
    await failure(credentials.put(MAIN), "no-keyring");
    await failure(credentials.open("a", WHO), "no-keyring");
    expect(await credentials.delete("a")).toBe(true);
    expect(await ids()).toBe("bc");
    expect(await actionsOf(keyless.forUser("ann"), "a")).toEqual(["deleted a", "created a"]);
  });
});

describe("the audit", () => {
  it("says who did what and why, newest first, one credential's or all, in pages", async () => {
    const me = (await openSealed()).forUser("ann");
    await me.credentials.put(MAIN);
    await me.credentials.put({ ...MAIN, mode: "broker" }, { actor: "ann via web", reason: "the key expired" });
    await me.credentials.open("main", { ...WHO, reason: "place orders" });
    await me.credentials.put({ ...MAIN, id: "spare" });
    await me.credentials.delete("main", { actor: "support:joe", reason: "ticket 7" });
    const all = await me.credentials.audit({ limit: 1000 });
    expect(all.rows.map(({ action, credentialId, actor, reason, detail }) => [action, credentialId, actor, reason, detail])).toEqual([
      ["deleted", "main", "support:joe", "ticket 7", null],
      ["created", "spare", "ann", null, "zerodha paper"],
      ["read", "main", "bot:arena-1", "place orders", null],
      ["updated", "main", "ann via web", "the key expired", "zerodha broker"],
      ["created", "main", "ann", null, "zerodha paper"],
    ]);
    expect(await actionsOf(me, "spare")).toEqual(["created spare"]);
    const page = await me.credentials.audit({ credentialId: "main", limit: 3 });
    expect(page.rows.map(({ action }) => action)).toEqual(["deleted", "read", "updated"]);
    const rest = await me.credentials.audit({ credentialId: "main", limit: 3, after: page.next ?? "" });
    expect([rest.rows.map(({ action }) => action), rest.next]).toEqual([["created"], null]);
  });

  it("has every read before its secret is handed out: no rollback can take it back", async () => {
    const storage = await openSealed();
    const me = storage.forUser("ann");
    await me.credentials.put(MAIN);
    const opened = await me.credentials.open("main", WHO);
    expect(intruder(storage).prepare("select count(*) from credential_audit where action = 'read'").pluck().get()).toBe(1);
    expect(opened.id).toBe("main");
    for (const way of [(tx: Scope) => tx, () => me, () => storage.forUser("bob")]) {
      await typedFailure(() => me.transaction((tx) => way(tx).credentials.open("main", WHO)), ["bad-request"], HIDDEN);
    }
    expect(await actionsOf(me)).toEqual(["read main", "created main"]);
  });

  it("has every attempt that gave nothing, and why", async () => {
    const storage = await openSealed();
    const me = storage.forUser("ann");
    await me.credentials.put(MAIN);
    await failure(me.credentials.open("main", { ...WHO, mode: "broker" }), "bad-request");
    intruder(storage).exec("update broker_credentials set mode = 'broker'");
    await failure(me.credentials.open("main", { ...WHO, mode: "broker", reason: "go live" }), "credential-tampered");
    expect((await me.credentials.audit()).rows.map(({ action, detail, reason }) => [action, detail, reason])).toEqual([
      ["refused", "credential-tampered", "go live"],
      ["refused", "bad-request", null],
      ["created", "zerodha paper", null],
    ]);
    expect((await me.credentials.list())[0]?.lastReadAt).toBeNull();
  });

  it("is reached through me.credentials alone: a host cannot declare its tables", async () => {
    const mine = defineTable("credential_audit", { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"] });
    await failure(openStorage("sqlite::memory:", { tables: [mine] }), "table-definition");
    const { index } = { index: await import("../src/index.ts") };
    expect(Object.keys(index).filter((name) => /credentialAudit|brokerCredentials|seal|keyring/i.test(name))).toEqual([]);
  });
});

describe("two users", () => {
  it("have credentials of the same id, each their own", async () => {
    const storage = await openSealed();
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    await ann.credentials.put(MAIN);
    await bob.credentials.put({ ...MAIN, secret: { apiKey: "bob's" } });
    await ann.credentials.put({ ...MAIN, id: "only-ann" });
    expect(textsOf(await ann.credentials.open("main", WHO))).toEqual(SECRET);
    expect(textsOf(await bob.credentials.open("main", WHO))).toEqual({ apiKey: "bob's" });
    await failure(bob.credentials.open("only-ann", WHO), "not-found");
    expect([await bob.credentials.delete("only-ann"), (await bob.credentials.list()).length]).toEqual([false, 1]);
    expect(await actionsOf(bob)).toEqual(["read main", "created main"]);
    await bob.credentials.delete("main");
    expect(textsOf(await ann.credentials.open("main", WHO))).toEqual(SECRET);
  });
});

describe("with the database in hand, nobody", () => {
  // Every pair of rows, and every column that a thief could move from one to the other.
  const ROWS = [
    { user: "ann", id: "main", broker: "zerodha", mode: "paper" },
    { user: "ann", id: "live", broker: "zerodha", mode: "broker" },
    { user: "ann", id: "kite", broker: "kite", mode: "paper" },
    { user: "bob", id: "main", broker: "zerodha", mode: "paper" },
  ] as const;

  it("gets another's secret by moving rows or parts of them", async () => {
    const storage = await openSealed();
    for (const [at, { user, id, broker, mode }] of ROWS.entries()) {
      await storage.forUser(user).credentials.put({ id, broker, mode, secret: { apiKey: `hidden-${at}` } });
    }
    const other = intruder(storage);
    const hidden = ROWS.map((_, at) => `hidden-${at}`);
    for (const [to, { user, id }] of ROWS.entries()) {
      const place = other.prepare("select sealed, key_id, broker, mode from broker_credentials where user_id = ? and id = ?");
      const mine = place.raw().get(user, id) as readonly string[];
      const write = (row: readonly string[]): unknown =>
        other
          .prepare("update broker_credentials set sealed = ?, key_id = ?, broker = ?, mode = ? where user_id = ? and id = ?")
          .run(...row, user, id);
      for (const [from, source] of ROWS.entries()) {
        if (from === to) continue;
        const theirs = place.get(source.user, source.id) as readonly string[];
        for (const row of [
          [...theirs.slice(0, 2), ...mine.slice(2)],
          theirs,
          [mine[0], mine[1], ...theirs.slice(2)],
          [splice(mine[0], theirs[0]), ...mine.slice(1)],
        ]) {
          if (row.join("|") === mine.join("|")) continue;
          write(row.map(String));
          await typedFailure(() => storage.forUser(user).credentials.open(id, WHO), ["credential-tampered"], hidden);
        }
      }
      write(mine);
      expect(textsOf(await storage.forUser(user).credentials.open(id, WHO))).toEqual({ apiKey: `hidden-${to}` });
    }
    other.exec("update broker_credentials set user_id = 'eve' where user_id = 'bob'");
    await typedFailure(() => storage.forUser("eve").credentials.open("main", WHO), ["credential-tampered"], hidden);
    other.exec("update broker_credentials set id = 'renamed' where user_id = 'eve'");
    await typedFailure(() => storage.forUser("eve").credentials.open("renamed", WHO), ["credential-tampered"], hidden);
  });

  /** One row's data key with the other row's secret. */
  function splice(mine = "", theirs = ""): string {
    const [a, b] = [mine.split("."), theirs.split(".")];
    return [a[0], a[1], a[2], b[3]].join(".");
  }

  it("changes a byte of a stored secret unnoticed", async () => {
    const storage = await openSealed({ keyring: { active: K1, decryptOnly: [K2] } });
    const me = storage.forUser("ann");
    await me.credentials.put(MAIN);
    const other = intruder(storage);
    const sealed = Buffer.from(String(other.prepare("select sealed from broker_credentials").pluck().get()));
    const property = fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 127 }), async (at, flip) => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ flip;
      other.prepare("update broker_credentials set sealed = cast(? as text)").run(changed);
      await typedFailure(() => me.credentials.open("main", WHO), ["credential-tampered", "unknown-key"], HIDDEN);
    });
    await fc.assert(property, runs(150));
  });

  it("gets around the column of the key's name", async () => {
    const storage = await openSealed({ keyring: { active: K1, decryptOnly: [K2] } });
    const me = storage.forUser("ann");
    await me.credentials.put(MAIN);
    for (const keyId of [K2.id, "none", ""]) {
      intruder(storage).prepare("update broker_credentials set key_id = ?").run(keyId);
      await typedFailure(() => me.credentials.open("main", WHO), ["credential-tampered"], HIDDEN);
    }
  });

  it("opens anything without the key, with another one, or with another one of its name", async () => {
    const storage = await openSealed();
    await storage.forUser("ann").credentials.put(MAIN);
    await storage.close();
    for (const [keyring, code] of [
      [{ active: K2 }, "unknown-key"],
      [{ active: K2, decryptOnly: [K3] }, "unknown-key"],
      [{ active: { ...K2, id: "k1" } }, "credential-tampered"],
    ] as const) {
      const again = await openStorage(`sqlite:${storage.path}`, { keyring });
      await typedFailure(() => again.forUser("ann").credentials.open("main", WHO), [code], HIDDEN);
      expect((await again.forUser("ann").credentials.list()).map(({ id }) => id)).toEqual(["main"]);
      await again.close();
    }
  });

  it("finds a secret, a field's name or a key in the file, its log or its journal", async () => {
    const storage = await openSealed({ keyring: { active: K2, decryptOnly: [K1] } });
    const me = storage.forUser("ann");
    const needles = new Set<string>(["needle-field"]);
    for (let at = 0; at < 20; at++) {
      const [secret, later] = [`needle-one-${at}-`.repeat(at + 1), `needle-two-${at}-`.repeat(30)];
      await me.credentials.put({ ...MAIN, id: `${at}`, secret: { "needle-field": secret } });
      await me.credentials.open(`${at}`, WHO);
      await me.credentials.put({ ...MAIN, id: `${at}`, secret: { "needle-field": later } });
      if (at % 3 === 0) await me.credentials.delete(`${at}`);
      for (const text of [secret, later]) needles.add(text.slice(0, 13));
    }
    const keys = [K1, K2].flatMap(({ key }) => [
      Buffer.from(key),
      Buffer.from(Buffer.from(key).toString("base64")),
      Buffer.from(Buffer.from(key).toString("hex")),
    ]);
    const spelled = [...needles].flatMap((text) => [
      text,
      Buffer.from(text).toString("hex"),
      ...[0, 1, 2].map((skip) => base64Core(text, skip)),
    ]);
    const look = (): readonly string[] => {
      const files = ["", "-wal", "-shm", "-journal"].map((suffix) => storage.path + suffix).filter((file) => existsSync(file));
      const contents = files.map((file) => readFileSync(file));
      expect(contents.some((content) => content.includes("created"))).toBe(true);
      return contents.flatMap((content) => [
        ...spelled.filter((text) => content.includes(text)),
        ...keys.filter((key) => content.includes(key)).map(String),
      ]);
    };
    expect(existsSync(`${storage.path}-wal`)).toBe(true);
    expect(look()).toEqual([]);
    await storage.close();
    expect(look()).toEqual([]);
  });

  /** The part of a text's base64 that does not depend on what stands around it, when it begins at the given byte of a group of three. */
  function base64Core(text: string, skip: number): string {
    const bytes = Buffer.from(text).subarray((3 - skip) % 3);
    return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64url");
  }
});

describe("what a host watches", () => {
  it("never carries a secret, a sealed one, a key, or a value at all", async () => {
    const events: QueryEvent[] = [];
    const storage = await openSealed({ onQuery: (event) => events.push(event), slowQueryMs: 0 });
    const me = storage.forUser("ann-the-user");
    await me.credentials.put(MAIN, { actor: "actor-7", reason: "reason-7" });
    await me.credentials.open("main", WHO);
    await me.credentials.put({ ...MAIN, secret: { apiKey: "plain-again" } });
    await failure(me.credentials.put({ ...MAIN, broker: "kite" }), "bad-request");
    await me.credentials.list({ broker: "zerodha" });
    await me.credentials.audit({ credentialId: "main" });
    const sealed = String(intruder(storage).prepare("select sealed from broker_credentials").pluck().get());
    await me.credentials.delete("main");
    const watched = JSON.stringify(events);
    expect(events.some(({ shape }) => shape.startsWith('insert into "broker_credentials"'))).toBe(true);
    expect(Object.keys(Object.assign({}, ...events)).toSorted()).toEqual(["lockWaitMs", "ms", "rows", "shape"]);
    const values = [
      ...HIDDEN,
      "plain-again",
      sealed,
      sealed.split(".")[3] ?? "",
      "v1.k1",
      "zerodha",
      "ann-the-user",
      "actor-7",
      "reason-7",
      WHO.actor,
    ];
    expect(values.filter((value) => watched.includes(value))).toEqual([]);
  });

  it("finds no key on the storage or the scope", async () => {
    const storage = await openSealed();
    const faces = allFacesOf([storage, storage.forUser("ann"), storage.forUser("ann").credentials]);
    for (const part of [Buffer.from(K1.key).toString("base64"), Buffer.from(K1.key).toString("hex"), "200, 201", "c8 c9"])
      expect(faces).not.toContain(part);
  });

  it("sees no query that reads a user's table from end to end", async () => {
    const shapes = new Set<string>();
    const storage = await openSealed({ onQuery: ({ shape }) => shapes.add(shape) });
    const me = storage.forUser("ann");
    shapes.clear();
    await me.credentials.put(MAIN);
    await me.credentials.open("main", WHO);
    await me.credentials.put(MAIN);
    await me.credentials.list({ mode: "paper" });
    await me.credentials.audit();
    await me.credentials.audit({
      credentialId: "main",
      limit: 1,
      after: (await me.credentials.audit({ credentialId: "main", limit: 1 })).next ?? "",
    });
    await me.credentials.delete("main");
    const other = intruder(storage);
    for (const shape of shapes) {
      const plan = other
        .prepare(`explain query plan ${shape}`)
        .all(...Array.from({ length: shape.split("?").length - 1 }, () => null)) as readonly { readonly detail: string }[];
      expect(
        plan.filter(({ detail }) => /^SCAN (?!json_each)|TEMP B-TREE/.test(detail)).map(({ detail }) => `${detail}: ${shape}`),
      ).toEqual([]);
    }
  });
});

describe("a database", () => {
  it("in memory keeps credentials too, and one from before credentials gets their tables", async () => {
    const me = (await openTemp("memory", { keyring: { active: K1 } })).forUser("ann");
    await me.credentials.put(MAIN);
    expect(textsOf(await me.credentials.open("main", WHO))).toEqual(SECRET);
    const file = join(tempFolder(), "old.db");
    const old = await openStorage(`sqlite:${file}`);
    await old.close();
    const raw = new Database(file);
    raw.exec(
      "drop table broker_credentials; drop table credential_audit; delete from td_schema where name in ('broker_credentials', 'credential_audit')",
    );
    raw.close();
    const again = await openStorage(`sqlite:${file}`, { keyring: { active: K1 } });
    atEnd(() => again.close());
    await again.forUser("ann").credentials.put(MAIN);
    expect(await again.forUser("ann").credentials.list()).toHaveLength(1);
  });

  it("is told apart from its copy by its sealed secrets, not by how often they were read", async () => {
    const storage = await openSealed();
    const me = storage.forUser("ann");
    await me.credentials.put(MAIN);
    const digestOf = async (): Promise<string | undefined> =>
      (await me.digest()).tables.find(({ table }) => table === "broker_credentials")?.digest;
    const before = await digestOf();
    await me.credentials.open("main", WHO);
    expect(await digestOf()).toBe(before);
    intruder(storage).exec("update broker_credentials set sealed = sealed || 'A'");
    expect(await digestOf()).not.toBe(before);
  });
});
