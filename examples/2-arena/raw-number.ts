// A JSON number with exactly the digits of a text: what was read digit for digit is written so.

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const rawJson = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON;

/** Text that is a number becomes one when it is written as JSON; everything else stays. */
export function rawNumber(value: unknown): unknown {
  return typeof value === "string" && NUMBER.test(value) ? rawJson(value) : value;
}

/** Parses JSON so that writing it again gives every number its own digits. */
export function parseKeepingDigits(text: string): unknown {
  const keep = (_name: string, value: unknown, { source }: { readonly source?: string }): unknown =>
    typeof value === "number" && source !== undefined ? rawJson(source) : value;
  return JSON.parse(text, keep as never);
}
