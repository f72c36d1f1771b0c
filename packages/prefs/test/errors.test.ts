import { expect, test } from "vitest";
import { PrefsError } from "../src/index.ts";

test("an error keeps its code, its facts and its cause", () => {
  const cause = new Error("the database said no");
  const error = new PrefsError(
    "revision-conflict",
    "Revision 3 was expected, 4 is stored: read again.",
    { expected: 3, stored: 4 },
    { cause },
  );
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "PrefsError", code: "revision-conflict", facts: { expected: 3, stored: 4 }, cause });
});

test("an error without facts has none", () => {
  expect(new PrefsError("value-rejected", "The theme is unknown.").facts).toEqual({});
});
