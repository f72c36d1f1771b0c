import { expect, test } from "vitest";
import { z } from "zod";
import { definePreferences, type JsonObject, PrefsError } from "../src/index.ts";

const schema = z.object({ theme: z.enum(["light", "dark"]), agreed: z.boolean(), terms: z.string() });
const good = {
  version: 1,
  schema,
  defaults: { theme: "light", agreed: false, terms: "" },
  migrations: { 0: (document: JsonObject) => document },
} as const;

function refusal(options: object): unknown {
  try {
    return definePreferences({ ...good, ...options });
  } catch (error) {
    return error instanceof PrefsError ? error.code : error;
  }
}

test("a definition that holds together is frozen", () => {
  const definition = definePreferences(good);
  expect(definition).toMatchObject({ version: 1, defaults: good.defaults, acceptances: [], redact: [] });
  expect(Object.isFrozen(definition)).toBe(true);
});

test.each([
  ["a version that is not a whole number", { version: 1.5 }],
  ["a version below zero", { version: -1, migrations: {} }],
  ["a missing migration", { migrations: {} }],
  ["a migration too many", { migrations: { ...good.migrations, 1: (document: JsonObject) => document } }],
  ["defaults that the schema refuses", { defaults: { theme: "blue", agreed: false, terms: "" } }],
  ["defaults that are no object", { defaults: [] }],
  ["a rule about a field that does not exist", { rules: { acceptances: [{ name: "terms", accepted: "agreed", version: "since" }] } }],
  ["a place to redact that is no pointer", { rules: { redact: ["profile.taxId"] } }],
])("%s is refused when the definition is made", (_, options) => {
  expect(refusal(options)).toBe("definition-invalid");
});
