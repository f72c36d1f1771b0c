import { expect, inject, test } from "vitest";

test("passes while a server runs", () => {
  expect(inject("postgresUrl")).toMatch(/^postgres:/);
});
