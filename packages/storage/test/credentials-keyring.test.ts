// Which keys a keyring takes, and how a passphrase becomes one.
import { randomBytes, scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyring } from "../src/credentials/keyring.ts";
import { keyFromPassphrase, newPassphraseParameters, openStorage } from "../src/index.ts";
import type { KeyringOptions } from "../src/index.ts";
import { allFacesOf, bytes, K1, K2, must, typedFailure } from "./credentials-support.ts";

const BASE64 = Buffer.from(bytes(200)).toString("base64");

describe("a keyring", () => {
  it("takes 32 bytes, and their base64 text in every usual spelling", () => {
    const raw = must(createKeyring({ active: K1 }).key("k1"));
    for (const key of [BASE64, BASE64.replaceAll("=", ""), Buffer.from(bytes(200)).toString("base64url"), Buffer.from(bytes(200))]) {
      expect(
        createKeyring({ active: { id: "k1", key } })
          .key("k1")
          ?.equals(raw),
      ).toBe(true);
    }
  });

  it("keeps a copy: the host may wipe its own", () => {
    const mine = bytes(200);
    const ring = createKeyring({ active: { id: "k1", key: mine } });
    mine.fill(0);
    expect(ring.key("k1")?.equals(must(createKeyring({ active: K1 }).key("k1")))).toBe(true);
  });

  it("shows the names of its keys and nothing of them", () => {
    const faces = allFacesOf(createKeyring({ active: K1, decryptOnly: [K2] }));
    expect(faces).toContain("k2-2026_11");
    for (const part of [BASE64, Buffer.from(bytes(200)).toString("hex"), "200, 201", "c8 c9"]) expect(faces).not.toContain(part);
  });

  it.each([
    ["a passphrase", "correct horse battery staple"],
    ["a long passphrase without spaces", "correcthorsebatterystaplecorrecthorsebatte0"],
    ["a passphrase of words and hyphens", "correct-horse-battery-staple-and-one-mor-w0"],
    ["the hex digits of a key", Buffer.from(bytes(200)).toString("hex")],
    ["31 bytes", bytes(200, 31)],
    ["33 bytes", bytes(200, 33)],
    ["no bytes", new Uint8Array()],
    ["the base64 of 16 bytes", Buffer.from(bytes(200, 16)).toString("base64")],
    ["base64 with a stray character", `${BASE64.slice(0, 20)} ${BASE64.slice(20)}`],
    ["base64 whose spare bits are set", "yMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5uf="],
    ["32 bytes of text", Buffer.from("my secret passphrase of 32 chars")],
    ["zeros", new Uint8Array(32)],
    ["one byte repeated", new Uint8Array(32).fill(0xa5)],
    ["an empty text", ""],
    ["a number", 7],
    ["nothing", undefined],
    ["a list of numbers", [...bytes(200)]],
  ])("refuses %s as a key, says what to do, and does not repeat it", async (_, key) => {
    const keyring = { active: { id: "k1", key } } as KeyringOptions;
    const shown = typeof key === "string" && key !== "" ? [key] : [];
    const error = await typedFailure(() => createKeyring(keyring), ["invalid-key"], shown);
    expect(error.message).toMatch(/openssl rand -base64 32.*keyFromPassphrase/);
    expect(error.facts).toEqual({ keyId: "k1" });
    await typedFailure(() => openStorage("sqlite::memory:", { keyring }), ["invalid-key"], shown);
  });

  it("refuses names that are none, without repeating them: one may be the key itself", async () => {
    for (const id of ["", "a b", "a.b", "ключ", "x".repeat(33), BASE64, Buffer.from(bytes(200)).toString("base64url"), 7, undefined]) {
      const error = await typedFailure(() => createKeyring({ active: { id, key: BASE64 } } as KeyringOptions), ["invalid-key"], [BASE64]);
      // Shorter ones are part of words.
      expect(String(id).length > 4 && id !== undefined && allFacesOf(error).includes(String(id))).toBe(false);
    }
    await typedFailure(() => createKeyring({} as KeyringOptions), ["invalid-key"]);
  });

  it("refuses one name for two keys, and one key under two names", async () => {
    await typedFailure(() => createKeyring({ active: K1, decryptOnly: [{ ...K2, id: "k1" }] }), ["invalid-key"]);
    const twin = await typedFailure(() => createKeyring({ active: K1, decryptOnly: [K2, { ...K1, id: "old" }] }), ["invalid-key"]);
    expect(twin.message).toContain("the same as the key k1");
  });
});

describe("keyFromPassphrase", () => {
  const parameters = {
    kind: "scrypt",
    salt: Buffer.from(bytes(1, 16)).toString("base64"),
    cost: 2 ** 14,
    blockSize: 8,
    parallelization: 1,
  } as const;
  const passphrase = "correct horse battery staple";

  it("is scrypt with the parameters given, and a keyring takes what it gives", async () => {
    const key = await keyFromPassphrase(passphrase, parameters);
    expect(Buffer.from(key)).toEqual(scryptSync(passphrase, bytes(1, 16), 32, { cost: 2 ** 14 }));
    expect(createKeyring({ active: { id: "k1", key } }).activeId).toBe("k1");
  });

  it("gives the same key for the same words however they were typed, another for another word or salt", async () => {
    const composed = await keyFromPassphrase("vingt-sept caf\u00e9s", parameters);
    expect(await keyFromPassphrase("vingt-sept cafe\u0301s", parameters)).toEqual(composed);
    expect(await keyFromPassphrase("vingt-sept cafes", parameters)).not.toEqual(composed);
    expect(await keyFromPassphrase("vingt-sept caf\u00e9s", { ...parameters, salt: randomBytes(16).toString("base64") })).not.toEqual(
      composed,
    );
  });

  it("makes parameters with a fresh salt, which plain JSON keeps", () => {
    const made = newPassphraseParameters();
    expect(made).toMatchObject({ kind: "scrypt", cost: 2 ** 17, blockSize: 8, parallelization: 1 });
    expect(Buffer.from(made.salt, "base64")).toHaveLength(16);
    expect(newPassphraseParameters().salt).not.toBe(made.salt);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it("refuses short passphrases and weak or absurd parameters, without repeating the passphrase", async () => {
    await typedFailure(() => keyFromPassphrase("horsestaple", parameters), ["invalid-key"], ["horsestaple"]);
    await typedFailure(() => keyFromPassphrase(undefined as unknown as string, parameters), ["invalid-key"]);
    for (const change of [
      { kind: "pbkdf2" },
      { salt: "AAAA" },
      { salt: undefined },
      { cost: 2 ** 13 },
      { cost: 2 ** 14 + 1 },
      { cost: Number.NaN },
      { cost: 2 ** 24 },
      { blockSize: 1 },
      { blockSize: 64 },
      { parallelization: 0 },
      { parallelization: 1.5 },
    ]) {
      await typedFailure(
        () => keyFromPassphrase(passphrase, { ...parameters, ...change } as typeof parameters),
        ["invalid-key"],
        [passphrase],
      );
    }
  });
});
