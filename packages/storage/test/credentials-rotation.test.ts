// Bringing credentials to a new key: all of them, whatever happens meanwhile, and none twice.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCredentialRotation, openStorage, StorageError } from "../src/index.ts";
import type { CredentialInput, KeyringOptions, KeyUsageReport, RotationProgress, Scope, Storage, StorageOptions } from "../src/index.ts";
import { seal } from "../src/credentials/envelope.ts";
import { createKeyring } from "../src/credentials/keyring.ts";
import { encodeSecret } from "../src/credentials/secret-record.ts";
import { run } from "../src/internal.ts";
import { K1, K2, K3, typedFailure } from "./credentials-support.ts";
import { atEnd } from "./at-end.ts";
import { DEPTH, failure, runs, tempFolder } from "./support.ts";

const OLD: KeyringOptions = { active: K1, decryptOnly: [K2] };
const NEW: KeyringOptions = { active: K2, decryptOnly: [K1] };
const WHO = { actor: "test" };
const credential = (id: string, secret = `hidden-${id}`): CredentialInput => ({
  id,
  broker: "zerodha",
  mode: "paper",
  secret: { apiKey: secret },
});

async function open(path: string, options: StorageOptions): Promise<Storage> {
  const storage = await openStorage(`sqlite:${path}`, { durability: "normal", ...options });
  atEnd(() => storage.close());
  return storage;
}

/** A file with `perUser` credentials of each user under the old key. */
async function filled(users: readonly string[], perUser: number): Promise<string> {
  const path = join(tempFolder(), "td.db");
  const storage = await open(path, { keyring: OLD });
  for (const user of users) {
    const me = storage.forUser(user);
    await me.transaction(async (tx) => {
      for (let at = 0; at < perUser; at++) await tx.credentials.put(credential(`c${at}`, `hidden-${user}-${at}`));
    });
  }
  await storage.close();
  return path;
}

const countsOf = ({ keys, unreadable }: KeyUsageReport): object => ({
  ...Object.fromEntries(keys.map(({ keyId, credentials }) => [keyId, credentials])),
  unreadable,
});

function sql(path: string): Database.Database {
  const database = new Database(path);
  atEnd(() => void database.close());
  return database;
}

const textOf = async (me: Scope, id: string): Promise<string | undefined> =>
  (await me.credentials.open(id, WHO)).secret["apiKey"]?.reveal();

const USERS = ["ann", "bob", 'c"ö,[', "dan"];

/** Every credential is under the new key alone, opens to what was put, and was rotated exactly once. */
async function expectAllRotatedOnce(path: string, users: readonly string[], perUser: number): Promise<void> {
  const storage = await open(path, { keyring: { active: K2 } });
  expect(countsOf(await createCredentialRotation(storage).usage())).toEqual({ [K2.id]: users.length * perUser, unreadable: 0 });
  for (const user of users) {
    const me = storage.forUser(user);
    const rotated = (await me.credentials.audit({ limit: 1000 })).rows
      .filter(({ action }) => action === "rotated")
      .map(({ credentialId }) => credentialId);
    expect(rotated.toSorted()).toEqual(Array.from({ length: perUser }, (_, at) => `c${at}`).toSorted());
    for (let at = 0; at < perUser; at++) expect(await textOf(me, `c${at}`)).toBe(`hidden-${user}-${at}`);
  }
  await storage.close();
}

describe("a rotation", () => {
  it("brings every user's credentials to the active key, and counts them", async () => {
    const path = await filled(USERS, 7);
    const storage = await open(path, { keyring: NEW });
    const rotation = createCredentialRotation(storage);
    expect(await rotation.usage()).toEqual({
      keys: [
        { keyId: K2.id, credentials: 0, state: "active", mayBeDropped: false },
        { keyId: "k1", credentials: 28, state: "decrypt-only", mayBeDropped: false },
      ],
      unreadable: 0,
    });
    const progress: RotationProgress[] = [];
    const report = await rotation.run({ batch: 5, onProgress: (step) => void progress.push(step) });
    expect(report).toEqual({
      seen: 28,
      rotated: 28,
      current: 0,
      gone: 0,
      failed: 0,
      failures: [],
      activeKeyId: K2.id,
      usage: {
        keys: [
          { keyId: K2.id, credentials: 28, state: "active", mayBeDropped: false },
          { keyId: "k1", credentials: 0, state: "decrypt-only", mayBeDropped: true },
        ],
        unreadable: 0,
      },
    });
    expect(progress.map(({ seen }) => seen)).toEqual([5, 10, 15, 20, 25, 28]);
    await storage.close();
    await expectAllRotatedOnce(path, USERS, 7);
  });

  it("changes nothing but the key: the secret's bytes, dates, mode and label stay, and the audit says who", async () => {
    const path = await filled(["ann"], 1);
    const [storage, raw] = [await open(path, { keyring: NEW }), sql(path)];
    await storage.forUser("ann").credentials.open("c0", WHO);
    const row = (): Record<string, unknown> => raw.prepare("select * from broker_credentials").get() as Record<string, unknown>;
    const before = row();
    await createCredentialRotation(storage).run({ actor: "cron", reason: "yearly" });
    const after = row();
    const [sealed, resealed] = [String(before["sealed"]).split("."), String(after["sealed"]).split(".")];
    expect([resealed[1], resealed[3]]).toEqual([K2.id, sealed[3]]);
    expect(resealed[2]).not.toBe(sealed[2]);
    expect(after).toEqual({ ...before, sealed: after["sealed"], key_id: K2.id, revision: 2 });
    expect((await storage.forUser("ann").credentials.audit()).rows[0]).toMatchObject({
      action: "rotated",
      actor: "cron",
      reason: "yearly",
      credentialId: "c0",
      detail: `k1 > ${K2.id}`,
    });
  });

  it("finds nothing to do the second time, and writes nothing then", async () => {
    const path = await filled(USERS, 3);
    const [storage, raw] = [await open(path, { keyring: NEW }), sql(path)];
    const everything = (): unknown => [
      raw.prepare("select * from broker_credentials").all(),
      raw.prepare("select * from credential_audit").all(),
    ];
    const rotation = createCredentialRotation(storage);
    await rotation.run();
    const before = everything();
    expect(await rotation.run()).toMatchObject({ seen: 12, rotated: 0, current: 12, failed: 0 });
    expect(everything()).toEqual(before);
  });

  it("goes back as well: the older key may become active again", async () => {
    const path = await filled(USERS, 2);
    for (const keyring of [NEW, OLD, { active: K3, decryptOnly: [K1] }]) {
      const storage = await open(path, { keyring });
      expect(await createCredentialRotation(storage).run()).toMatchObject({ rotated: 8, failed: 0 });
      await storage.close();
    }
    const storage = await open(path, { keyring: { active: K3 } });
    expect(await textOf(storage.forUser("bob"), "c1")).toBe("hidden-bob-1");
  });

  it("mends the column of the key's name when only that is wrong", async () => {
    const path = await filled(["ann"], 2);
    const storage = await open(path, { keyring: OLD });
    sql(path).exec("update broker_credentials set key_id = 'other' where id = 'c1'");
    await typedFailure(() => textOf(storage.forUser("ann"), "c1"), ["credential-tampered"], ["hidden"]);
    expect(await createCredentialRotation(storage).run()).toMatchObject({ rotated: 1, current: 1 });
    expect(await textOf(storage.forUser("ann"), "c1")).toBe("hidden-ann-1");
  });

  it("leaves what it cannot unwrap as it is, names it, rotates the rest, and lets no key go that is still needed", async () => {
    const path = await filled(USERS, 2);
    const raw = sql(path);
    const lost = await open(path, { keyring: { active: K3 } });
    await lost.forUser("bob").credentials.put(credential("lost"));
    await lost.close();
    raw.exec("update broker_credentials set sealed = 'garbage' where user_id = 'ann' and id = 'c0'");
    raw.exec(
      "update broker_credentials set sealed = (select sealed from broker_credentials where user_id = 'dan' and id = 'c0') where user_id = 'dan' and id = 'c1'",
    );
    const left = (): unknown =>
      raw.prepare("select * from broker_credentials where (user_id, id) in (values ('ann', 'c0'), ('dan', 'c1'), ('bob', 'lost'))").all();
    const before = left();
    const storage = await open(path, { keyring: NEW });
    const report = await createCredentialRotation(storage).run({ batch: 3 });
    expect(report).toMatchObject({ seen: 9, rotated: 6, current: 0, gone: 0, failed: 3 });
    expect(report.failures).toEqual([
      { userId: "ann", credentialId: "c0", code: "credential-tampered" },
      { userId: "bob", credentialId: "lost", code: "unknown-key" },
      { userId: "dan", credentialId: "c1", code: "credential-tampered" },
    ]);
    expect(report.usage).toEqual({
      keys: [
        { keyId: K2.id, credentials: 6, state: "active", mayBeDropped: false },
        { keyId: "k1", credentials: 1, state: "decrypt-only", mayBeDropped: false },
        { keyId: "k3", credentials: 1, state: "unknown", mayBeDropped: false },
      ],
      unreadable: 1,
    });
    expect(left()).toEqual(before);
    expect(JSON.stringify(report)).not.toContain("hidden");
  });

  it("needs a keyring to run, none to count, and a storage", async () => {
    const path = await filled(["ann"], 1);
    const rotation = createCredentialRotation(await open(path, {}));
    await failure(rotation.run(), "no-keyring");
    expect(await rotation.usage()).toEqual({
      keys: [{ keyId: "k1", credentials: 1, state: "unknown", mayBeDropped: false }],
      unreadable: 0,
    });
    await typedFailure(() => createCredentialRotation({} as Storage), ["bad-request"]);
  });

  it("refuses requests that make no sense", async () => {
    const rotation = createCredentialRotation(await open(await filled(["ann"], 1), { keyring: NEW }));
    for (const batch of [0, 1001, 1.5, Number.NaN]) await failure(rotation.run({ batch }), "bad-request");
    for (const after of ["", "x", Buffer.from("[1]").toString("base64url"), Buffer.from('["td:rotation:1","a"]').toString("base64url")]) {
      await failure(rotation.run({ after }), "bad-cursor");
    }
    await failure(rotation.run({ actor: "" }), "bad-request");
  });
});

describe("a rotation that is stopped", () => {
  it("by its signal ends with the signal's reason, and goes on from its cursor or from the beginning", async () => {
    for (const fromCursor of [true, false]) {
      const path = await filled(USERS, 5);
      const storage = await open(path, { keyring: NEW });
      const rotation = createCredentialRotation(storage);
      const stop = new AbortController();
      const reached: RotationProgress[] = [];
      const onProgress = (step: RotationProgress): void => void (reached.push(step) === 3 && stop.abort(new Error("deploying")));
      await expect(rotation.run({ batch: 2, signal: stop.signal, onProgress })).rejects.toThrow("deploying");
      expect(countsOf(await rotation.usage())).toEqual({ [K2.id]: 6, k1: 14, unreadable: 0 });
      const cursor = reached.at(-1)?.cursor ?? "";
      expect(await rotation.run(fromCursor ? { after: cursor } : {})).toMatchObject(
        fromCursor ? { seen: 14, rotated: 14, current: 0 } : { seen: 20, rotated: 14, current: 6 },
      );
      await storage.close();
      await expectAllRotatedOnce(path, USERS, 5);
    }
  });

  it("before it begins does nothing", async () => {
    const storage = await open(await filled(["ann"], 2), { keyring: NEW });
    const rotation = createCredentialRotation(storage);
    await expect(rotation.run({ signal: AbortSignal.abort(new Error("not now")) })).rejects.toThrow("not now");
    expect(countsOf(await rotation.usage())).toEqual({ [K2.id]: 0, k1: 2, unreadable: 0 });
  });

  const program = fileURLToPath(new URL("credentials-rotation.child.ts", import.meta.url));

  it("by kill -9 between two batches, or anywhere, goes on where it was: none is lost and none rotated twice", async () => {
    // At a known place first, then at random moments of what is left to do.
    const path = await filled(USERS, 60);
    const raw = sql(path);
    const rotated = (): unknown => raw.prepare("select count(*) from broker_credentials where key_id <> 'k1'").pluck().get();
    const first = spawn(process.execPath, [program, path, "7", "3"], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const data of first.stdout) if ((said += String(data)).endsWith("\n21\n")) break;
    first.kill("SIGKILL");
    await once(first, "exit");
    expect(rotated()).toBe(21);
    for (let kill = 0; kill < 2 * DEPTH; kill++) {
      const child = spawn(process.execPath, [program, path, "2", "0"], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      await sleep(5 + ((kill * 37) % 60));
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      expect(rotated()).toBe(raw.prepare("select count(*) from credential_audit where action = 'rotated'").pluck().get());
    }
    const storage = await open(path, { keyring: NEW });
    expect(await createCredentialRotation(storage).run()).toMatchObject({ seen: 240, failed: 0, gone: 0 });
    await storage.close();
    await expectAllRotatedOnce(path, USERS, 60);
  });
});

/** Puts, deletes (whether there was one) or opens (the text, or undefined when there is none). */
async function act(me: Scope, id: string, what: string, text: string): Promise<unknown> {
  if (what === "put") return me.credentials.put(credential(id, text)).then(() => "put");
  if (what === "delete") return me.credentials.delete(id);
  return textOf(me, id).catch((error: unknown) =>
    error instanceof StorageError && error.code === "not-found" ? undefined : Promise.reject(error),
  );
}

describe("while a rotation runs", () => {
  /** A rotation that has read the rows of `ann` and waits for the writer, which `meanwhile` has. */
  async function between(
    path: string,
    meanwhile: (tx: Scope) => Promise<unknown>,
  ): Promise<{ readonly storage: Storage; readonly report: object }> {
    let scanned = (): void => undefined;
    const hasScanned = new Promise<void>((resolve) => (scanned = resolve));
    const onQuery = ({ shape }: { readonly shape: string }): void =>
      void (/broker_credentials"(?! where \("broker_credentials"."user_id" = )/.test(shape) && scanned());
    const storage = await open(path, { keyring: NEW, onQuery });
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const held = storage.forUser("ann").transaction(async (tx) => {
      begin();
      await hasScanned;
      await meanwhile(tx);
    });
    await begun;
    const report = createCredentialRotation(storage).run();
    await held;
    return { storage, report: await report };
  }

  it("a secret that is put meanwhile with the new key is never undone", async () => {
    const { storage, report } = await between(await filled(["ann"], 3), (tx) => tx.credentials.put(credential("c1", "newer")));
    expect(report).toMatchObject({ seen: 3, rotated: 2, current: 1 });
    expect(await textOf(storage.forUser("ann"), "c1")).toBe("newer");
  });

  it("a secret that another process puts meanwhile with the old key is rotated, not undone", async () => {
    const newer = seal(
      createKeyring(OLD),
      { userId: "ann", broker: "zerodha", credentialId: "c1", mode: "paper" },
      encodeSecret({ apiKey: "newer" }),
    );
    const { storage, report } = await between(await filled(["ann"], 3), (tx) =>
      run(tx, "update broker_credentials set sealed = ? where user_id = 'ann' and id = 'c1'", [newer]),
    );
    expect(report).toMatchObject({ seen: 3, rotated: 3, failed: 0 });
    expect(await textOf(storage.forUser("ann"), "c1")).toBe("newer");
  });

  it("a credential that is deleted meanwhile stays deleted, and one that is made anew under its id is the new one", async () => {
    const { storage, report } = await between(await filled(["ann"], 3), async (tx) => {
      await tx.credentials.delete("c0");
      await tx.credentials.delete("c1");
      await tx.credentials.put({ ...credential("c1", "another"), broker: "kite" });
    });
    expect(report).toMatchObject({ seen: 3, rotated: 1, current: 1, gone: 1 });
    expect((await storage.forUser("ann").credentials.list()).map(({ id, broker }) => `${id} ${broker}`)).toEqual(["c1 kite", "c2 zerodha"]);
    expect(await textOf(storage.forUser("ann"), "c1")).toBe("another");
  });

  it("another may run too: together they rotate each credential once", async () => {
    const path = await filled(USERS, 12);
    const storages = await Promise.all([1, 2, 3].map(() => open(path, { keyring: NEW })));
    const reports = await Promise.all(storages.map((storage) => createCredentialRotation(storage).run({ batch: 2 })));
    expect(reports.reduce((sum, { rotated }) => sum + rotated, 0)).toBe(48);
    for (const storage of storages) await storage.close();
    await expectAllRotatedOnce(path, USERS, 12);
  });

  it("hosts of the old and of the new key may put, open and delete: afterwards all that stands is the last put, under the new key", async () => {
    const step = fc.record({
      user: fc.constantFrom("ann", "bob"),
      id: fc.constantFrom("a", "b", "c", "d"),
      host: fc.constantFrom<0 | 1>(0, 1),
      what: fc.constantFrom("put", "put", "open", "delete"),
    });
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, batch) => {
        const path = join(tempFolder(), "td.db");
        const hosts = [await open(path, { keyring: OLD }), await open(path, { keyring: NEW })] as const;
        const rotation = createCredentialRotation(hosts[1]);
        const model = new Map<string, string>();
        const live = async (list: typeof steps, tag: string): Promise<void> => {
          for (const [at, { user, id, host, what }] of list.entries()) {
            const [me, key] = [hosts[host].forUser(user), `${user} ${id}`];
            const secret = model.get(key);
            expect(await act(me, id, what, `${tag}-${at}`)).toBe(what === "put" ? "put" : what === "delete" ? model.has(key) : secret);
            if (what === "put") model.set(key, `${tag}-${at}`);
            if (what === "delete") model.delete(key);
          }
        };
        await live(steps, "before");
        const [during] = await Promise.all([rotation.run({ batch }), live(steps, "during")]);
        expect(during.seen).toBe(during.rotated + during.current + during.gone);
        expect((await rotation.run()).usage.keys[1]).toMatchObject({ keyId: "k1", credentials: 0, mayBeDropped: true });
        for (const host of hosts) await host.close();
        const last = await open(path, { keyring: { active: K2 } });
        for (const user of ["ann", "bob"]) {
          for (const { id, keyId } of await last.forUser(user).credentials.list()) {
            expect([keyId, await textOf(last.forUser(user), id)]).toEqual([K2.id, model.get(`${user} ${id}`)]);
            model.delete(`${user} ${id}`);
          }
        }
        expect(model.size).toBe(0);
        await last.close();
      },
    );
    await fc.assert(property, runs(12));
  });
});
