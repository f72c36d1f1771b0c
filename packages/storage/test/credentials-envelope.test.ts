// The sealed form itself: pinned by vectors, read by an independent implementation, broken in every place.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyIdOf, rewrap, seal, unseal } from "../src/credentials/envelope.ts";
import type { CredentialIdentity } from "../src/credentials/identity.ts";
import { createKeyring } from "../src/credentials/keyring.ts";
import { readSealed, writeSealed } from "../src/credentials/sealed-text.ts";
import { decodeSecret, encodeSecret } from "../src/credentials/secret-record.ts";
import { ANN, bytes, counting, K1, K2, K3, must, typedFailure } from "./credentials-support.ts";
import { StorageError } from "../src/index.ts";
import { runs } from "./support.ts";

const ring = createKeyring({ active: K1 });
const both = createKeyring({ active: K2, decryptOnly: [K1] });
const SECRET = { apiKey: "key-1", apiSecret: "secret-1" };
const ODD: CredentialIdentity = { userId: 'Zoë "7" \\ 王', broker: "kite/connect", credentialId: "1.2.3", mode: "broker" };

const open = (keyring: typeof ring, identity: CredentialIdentity, text: string): Readonly<Record<string, string>> => {
  const fields = must(decodeSecret(unseal(keyring, identity, text)));
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.reveal()]));
};

// Made once with data key 00..1f, nonces 20..2b and 2c..37 (rotated: 00..0b), and checked with another implementation of AES-GCM.
const VECTORS = [
  {
    name: "a plain secret",
    identity: ANN,
    secret: SECRET,
    sealed:
      "v1.k1.ICEiIyQlJicoKSorBG6AsAg20RlPBZ-jW1jUGPO-6YowICuimM34e00aMkqbyS5h6af-OBF4DtO8IfUs.LC0uLzAxMjM0NTY3CaYHdxL4r6lP6rHEUIYTNeQodeA9R0bfPDv3_2nA7KAGBs1BI6MoMkdszfNyCZNqXWvuzzJVO9rfe9Y6Rw",
    rotated:
      "v1.k2-2026_11.AAECAwQFBgcICQoLn6o6T7lIx-6VGpTDmpeGvfkGL4M5FsYy3wvzEE_xX__RIbtXqIXOtHNVGUa993_u.LC0uLzAxMjM0NTY3CaYHdxL4r6lP6rHEUIYTNeQodeA9R0bfPDv3_2nA7KAGBs1BI6MoMkdszfNyCZNqXWvuzzJVO9rfe9Y6Rw",
  },
  {
    name: "ids with quotes, backslashes, dots and other scripts, and a value with a NUL and half a surrogate pair",
    identity: ODD,
    secret: { pin: "☃ 🔑 \u0000 \ud800" },
    sealed:
      "v1.k1.ICEiIyQlJicoKSorBG6AsAg20RlPBZ-jW1jUGPO-6YowICuimM34e00aMkprQxI-l84hRVZLG_WFFizt.LC0uLzAxMjM0NTY3CaYHZgv_xuAUKgVlGxP1jEQqdLlWVRefdTTn-COVqKB3eYMGj-2UgXnwbEHFaZLmjQY",
    rotated:
      "v1.k2-2026_11.AAECAwQFBgcICQoLn6o6T7lIx-6VGpTDmpeGvfkGL4M5FsYy3wvzEE_xX_9AE6XA_kSd3GquX6tXBwtr.LC0uLzAxMjM0NTY3CaYHZgv_xuAUKgVlGxP1jEQqdLlWVRefdTTn-COVqKB3eYMGj-2UgXnwbEHFaZLmjQY",
  },
] as const;

describe.each(VECTORS)("the sealed form of $name", ({ identity, secret, sealed, rotated }) => {
  it("is the one on record", () => {
    expect(seal(ring, identity, encodeSecret(secret), counting())).toBe(sealed);
    expect(rewrap(both, identity, sealed, counting())).toBe(rotated);
  });

  it("opens with the key it names", () => {
    expect(open(ring, identity, sealed)).toEqual(secret);
    expect(open(both, identity, sealed)).toEqual(secret);
    expect(open(createKeyring({ active: K2 }), identity, rotated)).toEqual(secret);
  });

  it("is AES-256-GCM with the documented context, as the Web Crypto API reads it", async () => {
    for (const [text, { id, key }] of [
      [sealed, K1],
      [rotated, K2],
    ] as const) {
      const [, keyId, wrapped = "", box = ""] = text.split(".");
      expect(keyId).toBe(id);
      const { userId, broker, credentialId, mode } = identity;
      const dataKey = await webOpen(key as Uint8Array<ArrayBuffer>, wrapped, ["td:credential:v1", "key", userId, broker, credentialId, id]);
      const plain = await webOpen(dataKey, box, ["td:credential:v1", "secret", userId, broker, credentialId, mode]);
      expect(JSON.parse(Buffer.from(plain).toString())).toEqual(Object.entries(secret));
    }
  });
});

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof StorageError ? error.code : error;
  }
}

async function webOpen(key: Uint8Array<ArrayBuffer>, text: string, context: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const box = new Uint8Array(Buffer.from(text, "base64url"));
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const algorithm = {
    name: "AES-GCM",
    iv: box.subarray(0, 12),
    additionalData: new TextEncoder().encode(JSON.stringify(context)),
    tagLength: 128,
  };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, imported, box.subarray(12)));
}

describe("a sealed secret", () => {
  const sealed = VECTORS[0].sealed;
  const SHOWN = ["key-1", "secret-1"];

  it("gives back any text in any field", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" }), { minKeys: 1, noNullPrototype: true }),
        (secret) => {
          expect(open(ring, ANN, seal(ring, ANN, encodeSecret(secret)))).toEqual(secret);
        },
      ),
      runs(200),
    );
  });

  it("keeps fields named like parts of an object", () => {
    const secret: unknown = JSON.parse('{ "__proto__": "a", "constructor": "b", "toString": "c" }');
    expect(Object.entries(open(ring, ANN, seal(ring, ANN, encodeSecret(secret)))).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
      ["toString", "c"],
    ]);
  });

  it("never uses a data key or a nonce twice", () => {
    const texts = Array.from({ length: 500 }, () => seal(ring, ANN, encodeSecret(SECRET)));
    const parts = texts.flatMap((text) => readSealed(text) ?? []);
    const nonces = parts.flatMap(({ wrapped, secret }) => [wrapped, secret].map((box) => Buffer.from(box.subarray(0, 12)).toString("hex")));
    expect(new Set(nonces).size).toBe(1000);
    const rewrapped = texts.map((text) =>
      readSealed(rewrap(both, ANN, text))
        ?.wrapped.subarray(0, 12)
        .join(),
    );
    expect(new Set(rewrapped).size).toBe(500);
  });

  it("asks for the 56 bytes of a new data key and two new nonces, and for the 12 of one nonce when it is wrapped anew", () => {
    const asked: number[] = [];
    const random = (size: number): Uint8Array => (asked.push(size), bytes(asked.length, size));
    const text = seal(ring, ANN, encodeSecret(SECRET), random);
    rewrap(both, ANN, text, random);
    expect(asked).toEqual([56, 12]);
  });

  it("does not open after any one of its characters was changed", async () => {
    for (let at = 0; at < sealed.length; at++) {
      for (const other of ["A", "B", "_", ".", "1", "=", "\u0000", "é", "", `${sealed[at]}A`]) {
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        if (changed === sealed) continue;
        await typedFailure(() => unseal(both, ANN, changed), ["credential-tampered", "unknown-key"], SHOWN);
      }
    }
  });

  it("does not open after any one of its bits was flipped, nor can it be rotated then when the bit is in the key's part", async () => {
    const { keyId, wrapped, secret } = must(readSealed(sealed));
    for (const [part, box] of [
      ["key", wrapped],
      ["secret", secret],
    ] as const) {
      for (let bit = 0; bit < box.length * 8; bit++) {
        const flipped = Uint8Array.from(box);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = writeSealed(part === "key" ? { keyId, wrapped: flipped, secret } : { keyId, wrapped, secret: flipped });
        expect((await typedFailure(() => unseal(both, ANN, text), ["credential-tampered"], SHOWN)).facts["part"]).toBe(part);
        if (part === "key") await typedFailure(() => rewrap(both, ANN, text), ["credential-tampered"], SHOWN);
      }
    }
  });

  it("does not open cut short anywhere, nor doubled, nor with parts of another value", async () => {
    for (let at = 0; at < sealed.length; at++) {
      await typedFailure(() => unseal(both, ANN, sealed.slice(0, at)), ["credential-tampered"], SHOWN);
      await typedFailure(() => unseal(both, ANN, sealed.slice(at + 1)), ["credential-tampered"], SHOWN);
    }
    const mine = must(readSealed(sealed));
    const other = must(readSealed(seal(ring, ANN, encodeSecret({ apiKey: "other" }))));
    await typedFailure(() => unseal(both, ANN, sealed + sealed), ["credential-tampered"]);
    await typedFailure(
      () => unseal(both, ANN, writeSealed({ ...mine, wrapped: other.wrapped })),
      ["credential-tampered"],
      [...SHOWN, "other"],
    );
    await typedFailure(
      () => unseal(both, ANN, writeSealed({ ...mine, secret: other.secret })),
      ["credential-tampered"],
      [...SHOWN, "other"],
    );
    await typedFailure(() => unseal(both, ANN, writeSealed({ ...mine, wrapped: mine.secret.subarray(0, 60) })), ["credential-tampered"]);
  });

  it("does not open with a shortened tag, which Node alone would take", async () => {
    const { keyId, wrapped, secret } = must(readSealed(sealed));
    for (const cut of [1, 4, 12]) {
      await typedFailure(
        () => unseal(ring, ANN, writeSealed({ keyId, wrapped, secret: secret.subarray(0, -cut) })),
        ["credential-tampered"],
        SHOWN,
      );
    }
  });

  it("opens for nobody else: not for another user, broker, credential or mode, however their names are cut", async () => {
    const others: readonly Partial<CredentialIdentity>[] = [
      { userId: "bob" },
      { userId: "Ann" },
      { userId: "ann\u0301" },
      { userId: "" },
      { broker: "kite" },
      { credentialId: "spare" },
      { mode: "broker" },
      { userId: "annz", broker: "erodha" },
      { broker: "zerodham", credentialId: "ain" },
      { userId: 'ann","zerodha', broker: "main" },
    ];
    for (const other of others) {
      const identity = { ...ANN, ...other };
      await typedFailure(() => unseal(both, identity, sealed), ["credential-tampered"], SHOWN);
      // The mode binds the secret, which a rotation does not open; it cannot lend it another owner either.
      if (other.mode === undefined) await typedFailure(() => rewrap(both, identity, sealed), ["credential-tampered"], SHOWN);
      else await typedFailure(() => unseal(both, identity, rewrap(both, identity, sealed)), ["credential-tampered"], SHOWN);
    }
  });

  it("is bound to its identity, whatever the names", () => {
    const name = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom("a", "b", '"', ",", "\\", "[", "é") });
    const identity = fc.record({ userId: name, broker: name, credentialId: name, mode: fc.constantFrom("paper", "broker") });
    fc.assert(
      fc.property(identity, identity, (mine, other) => {
        const text = seal(ring, mine, encodeSecret(SECRET));
        const same = JSON.stringify(mine) === JSON.stringify(other);
        expect(outcomeOf(() => open(ring, other, text))).toEqual(same ? SECRET : "credential-tampered");
      }),
      runs(300),
    );
  });

  it("says which key it lacks when that is not in the keyring, and what may be wrong when another has its name", async () => {
    const lost = await typedFailure(() => unseal(createKeyring({ active: K2, decryptOnly: [K3] }), ANN, sealed), ["unknown-key"], SHOWN);
    expect(lost.facts).toMatchObject({ keyId: "k1", userId: "ann", credentialId: "main" });
    expect(lost.message).toContain("decryptOnly");
    const wrong = await typedFailure(
      () => unseal(createKeyring({ active: { ...K3, id: "k1" } }), ANN, sealed),
      ["credential-tampered"],
      SHOWN,
    );
    expect(wrong.facts).toMatchObject({ part: "key", keyId: "k1" });
    expect(wrong.message).toContain("another key under this id");
    // A value cannot claim another key of the ring either.
    await typedFailure(() => unseal(both, ANN, sealed.replace("v1.k1.", `v1.${K2.id}.`)), ["credential-tampered"], SHOWN);
  });

  it("that holds something else than a secret is refused without showing it", async () => {
    for (const content of ["not json: hidden-1", '{"apiKey":"hidden-1"}', '[["apiKey",1]]', '[["hidden-1"]]', "[[]]", "null", ""]) {
      expect(decodeSecret(unseal(ring, ANN, seal(ring, ANN, Buffer.from(content))))).toBeUndefined();
    }
  });

  it("keeps the secret's bytes when it is rotated, and grows by no more than the key's name", () => {
    const rotated = rewrap(both, ANN, sealed);
    expect(readSealed(rotated)?.secret).toEqual(readSealed(sealed)?.secret);
    expect(rotated.length - sealed.length).toBe(K2.id.length - K1.id.length);
    expect([keyIdOf(sealed), keyIdOf(rotated), keyIdOf("v2.k1.x.y")]).toEqual(["k1", K2.id, undefined]);
  });
});
