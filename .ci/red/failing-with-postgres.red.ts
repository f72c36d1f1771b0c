import { expect, inject, test } from "vitest";

test("fails on purpose while a server runs", () => {
  expect(inject("postgresUrl")).toBe("no server at all");
});
