// The one order of keys: by their UTF-8 bytes, as SQLite and PostgreSQL (collation "C") sort text. JavaScript's own order differs above U+FFFF.

/** Below zero when `a` comes first, above when `b` does, 0 when they are equal. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above all others of 16 bits, so they sort behind U+E000 to U+FFFF.
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Whether a key lies in a range: after the one, up to and with the other. */
export function keyInRange(key: string, range: { readonly after?: string; readonly through?: string }): boolean {
  if (range.after !== undefined && compareKeys(key, range.after) <= 0) return false;
  return range.through === undefined || compareKeys(key, range.through) <= 0;
}
