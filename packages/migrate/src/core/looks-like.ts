// What a file seems to be, from its first bytes: for refusing it with a message that helps.

/** What the first bytes of a file say. */
export type LooksLike = "sqlite" | "gzip" | "zip" | "zstd" | "utf-16" | "binary" | "json-array" | "json" | "text";

const MAGIC: readonly (readonly [LooksLike, readonly number[]])[] = [
  ["sqlite", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x20, 0x33, 0x00]],
  ["gzip", [0x1f, 0x8b]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["utf-16", [0xff, 0xfe]],
  ["utf-16", [0xfe, 0xff]],
];

const HELP: Readonly<Record<LooksLike, string>> = {
  sqlite: "it is a SQLite database; read it with sqliteTable or sqliteJsonColumn",
  gzip: "it is compressed with gzip; unpack it with gunzip first",
  zip: "it is a zip archive; unpack it first",
  zstd: "it is compressed with zstd; unpack it with zstd -d first",
  "utf-16": "it is UTF-16 text; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)",
  binary: "it is binary data",
  "json-array": 'it is one JSON array; read it with jsonFile(path, "[*]")',
  json: "it is JSON over several lines; read it with jsonFile",
  text: "it is text, but no line begins with {",
};

/** Tells a file by its first bytes. `head` begins after a UTF-8 byte order mark. */
export function looksLike(head: Uint8Array): LooksLike {
  const magic = MAGIC.find(([, bytes]) => bytes.every((byte, at) => head[at] === byte));
  if (magic !== undefined) return magic[0];
  if (head.includes(0)) return "binary";
  const text = new TextDecoder("latin1").decode(head.subarray(0, 4096)).trimStart();
  if (text.startsWith("[")) return "json-array";
  return text.startsWith("{") ? "json" : "text";
}

/** What a guess means, as half a sentence that says what to do. */
export function helpFor(guess: LooksLike): string {
  return HELP[guess];
}

/** Whether bytes begin with the UTF-8 byte order mark. */
export function hasMark(head: Uint8Array): boolean {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
}

/** Whether bytes are nothing but white space. */
export function isBlank(head: Uint8Array): boolean {
  return head.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
