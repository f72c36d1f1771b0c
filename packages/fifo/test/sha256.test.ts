import { createHash } from "node:crypto";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { sha256 } from "../src/sha256.ts";
import { depth } from "./arbitraries.ts";

const builtIn = (text: string) => createHash("sha256").update(text).digest("hex");

describe("the digest is SHA-256 of the UTF-8 bytes", () => {
  test("as the standard's own examples say", () => {
    expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
  });

  test("at every length around the ends of a block, and far beyond", () => {
    for (const length of [...Array(200).keys(), 100_000]) expect(sha256("x".repeat(length))).toBe(builtIn("x".repeat(length)));
  });

  test.prop([fc.string({ unit: "binary", maxLength: 300 })], depth(200, 5000))("for any text, lone surrogates included", (text) => {
    expect(sha256(`${text}\uD800`)).toBe(builtIn(`${text}\uD800`));
  });
});
