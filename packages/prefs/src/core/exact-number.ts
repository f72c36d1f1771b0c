// Whether the digits of a number in JSON text are kept when JavaScript reads it. Digits that are lost without a word are never what was meant.

/** Whether the number that is read has exactly the digits that were written. */
export function isExactNumber(text: string): boolean {
  const read = Number(text);
  return Number.isFinite(read) && spelling(text) === spelling(String(read));
}

/** Digits and power of ten, without zeros at either end: one spelling per value. */
function spelling(text: string): string {
  const [, whole = "", part = "", power = "0"] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + part).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${kept}e${Number(power) - part.length + digits.length - kept.length}`;
}
