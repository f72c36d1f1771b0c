import { expect, test } from "vitest";
import { BackupError } from "../src/index.ts";

test("an error keeps its code, its facts and its cause", () => {
  const cause = new Error("unexpected end of file");
  const facts = { path: "databases/bot.db" };
  const error = new BackupError("hash-mismatch", "databases/bot.db has changed since: take another copy.", { facts, cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "BackupError", code: "hash-mismatch", facts, cause, retryable: false });
});

test("an error without facts has none", () => {
  expect(new BackupError("too-large", "The archive would unpack to 2 GB.").facts).toEqual({});
});
