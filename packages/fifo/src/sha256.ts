// SHA-256 (FIPS 180-4) of a text's UTF-8 bytes. Here because this package does no I/O and runs in a browser, where the built-in one is asynchronous.

const PRIMES: number[] = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime !== 0)) PRIMES.push(n);
const ROUND_CONSTANTS = PRIMES.map((prime) => fractionBits(Math.cbrt(prime)));

/** The digest as 64 lower-case hex digits. */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const message = new Uint8Array(((bytes.length + 72) >> 6) << 6); // whole blocks of 64 with room for a mark and the length
  message.set(bytes);
  message[bytes.length] = 0x80;
  const view = new DataView(message.buffer);
  view.setBigUint64(message.length - 8, BigInt(bytes.length) * 8n);
  let state = PRIMES.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)));
  const schedule = new Int32Array(16);
  for (let at = 0; at < message.length; at += 64) state = compress(state, schedule, view, at);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function compress(state: readonly number[], w: Int32Array, view: DataView, at: number): number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const x = w[(i + 1) & 15] ?? 0;
    const y = w[(i + 14) & 15] ?? 0;
    const last = (w[i & 15] ?? 0) + (w[(i + 9) & 15] ?? 0); // the sixteen words before, in a ring
    const word = (i < 16 ? view.getInt32(at + i * 4) : last + mix(x, 7, 18, x >>> 3) + mix(y, 17, 19, y >>> 10)) | 0;
    w[i & 15] = word;
    const t1 = (h + mix(e, 6, 11, rotate(e, 25)) + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[i] ?? 0) + word) | 0;
    const t2 = mix(a, 2, 13, rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + (state[i] ?? 0)) | 0);
}

const mix = (word: number, first: number, second: number, third: number): number => rotate(word, first) ^ rotate(word, second) ^ third;

const rotate = (word: number, by: number): number => (word >>> by) | (word << -by);

/** The first 32 bits of the fraction. */
function fractionBits(value: number): number {
  return ((value % 1) * 0x1_0000_0000) | 0;
}
