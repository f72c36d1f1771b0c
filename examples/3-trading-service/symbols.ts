// One stock has three spellings: base `AAA`, broker's trading symbol `AAA-EQ`, data ticker `AAA.NS`.

/** What the broker and the data vendor put behind a base symbol. */
const SUFFIX = /(?:-(?:EQ|BE|BL|BZ)|\.(?:NS|BO))$/;

/** The base symbol. Only known endings are cut: `BAJAJ-AUTO` is a base symbol with a hyphen of its own. */
export function baseSymbol(text: string): string {
  return text.trim().toUpperCase().replace(SUFFIX, "");
}

/** The base symbol of the first name that is there; `null` when there is none. */
export function firstSymbol(...names: readonly (string | null | undefined)[]): string | null {
  const name = names.find((one) => one !== null && one !== undefined && one.trim() !== "");
  return name === undefined || name === null ? null : baseSymbol(name);
}
