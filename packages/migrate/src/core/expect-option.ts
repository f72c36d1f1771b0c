// What a host without types may get wrong, told as what it is.
import { MigrateError } from "../errors.ts";

/** Throws `invalid-option` unless it holds: `who` is the function, `rule` what it must be given. */
export function expectOption(holds: boolean, who: string, rule: string): asserts holds {
  if (!holds) throw new MigrateError("invalid-option", `${who}: ${rule}.`);
}

/** Whether it is an object that has these properties. */
export function has(value: unknown, ...properties: readonly string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    properties.every((name) => (value as Readonly<Record<string, unknown>>)[name] !== undefined)
  );
}
