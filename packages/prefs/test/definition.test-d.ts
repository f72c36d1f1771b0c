import { expectTypeOf } from "vitest";
import { z } from "zod";
import { definePreferences, type PatchOf, type ValueOf } from "../src/index.ts";

const schema = z.object({ theme: z.enum(["light", "dark"]), modes: z.object({ Swing: z.boolean() }), tags: z.array(z.string()) });
const defaults = { theme: "light", modes: { Swing: true }, tags: [] } as const satisfies object;
const same = (document: Readonly<Record<string, never>>) => document;

const definition = definePreferences({ version: 2, schema, defaults: { ...defaults, tags: [] }, migrations: { 0: (d) => d, 1: (d) => d } });
expectTypeOf<ValueOf<typeof definition>>().toEqualTypeOf<{ theme: "light" | "dark"; modes: { Swing: boolean }; tags: string[] }>();

// @ts-expect-error the step from 1 is missing
definePreferences({ version: 2, schema, defaults: { ...defaults, tags: [] }, migrations: { 0: (d) => d } });
// @ts-expect-error a default is missing
definePreferences({ version: 0, schema, defaults: { theme: "light" }, migrations: {} });
// @ts-expect-error a step is no migration
definePreferences({ version: 1, schema, defaults: { ...defaults, tags: [] }, migrations: { 0: same(1) } });
definePreferences({
  version: 0,
  schema,
  defaults: { ...defaults, tags: [] },
  migrations: {},
  // @ts-expect-error the schema has no such field
  rules: { acceptances: [{ name: "x", accepted: "agreed", version: "theme" }] },
});

type Patch = PatchOf<ValueOf<typeof definition>>;
expectTypeOf<{ readonly theme: null; readonly modes: { readonly Swing: null } }>().toExtend<Patch>();
expectTypeOf<{ readonly theme: "blue" }>().not.toExtend<Patch>();
expectTypeOf<{ readonly tags: readonly (string | null)[] }>().not.toExtend<Patch>();
