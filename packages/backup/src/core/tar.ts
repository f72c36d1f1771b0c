// The one form of tar that td writes, and the only one it reads: regular files, mode 600, ustar, one PAX header where a name or size needs it.
// The reader never trusts a header field: it makes the header that the manifest calls for and compares bytes.

/** Size of a tar block in bytes. */
export const BLOCK = 512;

/** What ends an archive: two blocks of zeros. */
export const END = new Uint8Array(2 * BLOCK);

const MAX_OCTAL = 0o77777777777;
const utf8 = new TextEncoder();

/** What a header is made from. */
export interface TarEntry {
  /** Name in the archive. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Whole seconds since 1970. */
  readonly modified: number;
}

/** The header blocks of one file, PAX header included. */
export function tarHeader(entry: TarEntry): Uint8Array {
  const name = utf8.encode(entry.path);
  const plainName = name.length <= 100 && name.every((byte) => byte < 0x80);
  const records = [
    ...(plainName ? [] : [["path", entry.path] as const]),
    ...(entry.bytes > MAX_OCTAL ? [["size", String(entry.bytes)] as const] : []),
  ];
  const main = block(plainName ? name : utf8.encode("pax-name"), Math.min(entry.bytes, MAX_OCTAL), entry.modified, "0");
  if (records.length === 0) return main;
  const body = concat(records.map(([key, value]) => paxRecord(key, value)));
  return concat([block(utf8.encode("pax-header"), body.length, entry.modified, "x"), body, new Uint8Array(padding(body.length)), main]);
}

/** Zeros that follow a content of this size. */
export function padding(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

/** Bytes that the whole archive has before compression. */
export function tarBytes(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, entry) => sum + tarHeader(entry).length + entry.bytes + padding(entry.bytes), END.length);
}

function block(name: Uint8Array, size: number, modified: number, type: "0" | "x"): Uint8Array {
  const out = new Uint8Array(BLOCK);
  out.set(name, 0);
  const field = (text: string, at: number): void => out.set(utf8.encode(text), at);
  field("0000600\0", 100);
  field("0000000\0", 108);
  field("0000000\0", 116);
  field(`${octal(size, 11)}\0`, 124);
  field(`${octal(modified, 11)}\0`, 136);
  field(type, 156);
  field("ustar\u000000", 257);
  field(`${octal(checksum(out), 6)}\0 `, 148);
  return out;
}

/** The checksum of a header block: the sum of its bytes, those of the checksum counted as blanks. */
export function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

// The length of a record counts its own digits.
function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8.encode(` ${key}=${value}\n`);
  const digits = [1, 2, 3, 4, 5].find((count) => String(count + rest.length).length === count) ?? 5;
  return concat([utf8.encode(String(digits + rest.length)), rest]);
}

function octal(value: number, width: number): string {
  return value.toString(8).padStart(width, "0");
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
