// Archives that must be refused, made from one good one: what an attacker, a bad disk or another program would hand in.
import { createHash } from "node:crypto";
import { constants, zstdCompressSync } from "node:zlib";
import type { Manifest, ManifestFile } from "../src/index.ts";
import { manifestText } from "../src/core/manifest.ts";
import { sealText } from "../src/seal.ts";
import { checksum, END, padding, tarHeader, type TarEntry } from "../src/core/tar.ts";

/** An archive and the codes of which one must be the reason of its refusal. */
export interface HostileArchive {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly codes: readonly string[];
}

const MODIFIED = 1_740_000_000;
const CONTENT: Readonly<Record<string, string>> = {
  "data/credentials/key.pem": "not a key\n",
  "data/preferences/a.json": '{"a":1}\n'.repeat(100),
  "data/state/größe.json": "{}\n",
  "data/state/zero.json": "",
};

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** The files of the good archive. */
export const goodFiles: readonly ManifestFile[] = Object.entries(CONTENT).map(([path, text]) => listed(path, text));

function listed(path: string, content: string | Uint8Array): ManifestFile {
  return { path, bytes: Buffer.byteLength(content), sha256: sha256(content), modified: MODIFIED };
}

/** A manifest with these files. */
export function manifest(files: readonly ManifestFile[] = goodFiles, extra: object = {}): string {
  const whole: Manifest = {
    format: "td-backup",
    version: 1,
    id: "0123456789abcdef",
    createdAt: "2025-03-01T10:00:00.000Z",
    files,
    directories: ["data/empty"],
    databases: [],
  };
  return manifestText({ ...whole, ...extra });
}

/** One entry: header, content, padding. */
export function entry(
  path: string,
  content: string | Uint8Array = CONTENT[path] ?? "",
  change: (header: Buffer) => void = () => undefined,
): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.from(tarHeader({ path, bytes: bytes.length, modified: MODIFIED }));
  change(header);
  return Buffer.concat([header, bytes, Buffer.alloc(padding(bytes.length))]);
}

// The seal keeps nobody out: whoever makes an archive can seal it.
function manifestEntry(text: string, seal = true): Buffer {
  const bytes = Buffer.from(seal ? sealText(text) : text);
  return Buffer.concat([
    tarHeader({ path: "manifest.json", bytes: bytes.length, modified: 0 }),
    bytes,
    Buffer.alloc(padding(bytes.length)),
  ]);
}

/** Packs a tar as td does. */
export function pack(tar: Uint8Array, checksumFlag = 1): Buffer {
  return zstdCompressSync(tar, { params: { [constants.ZSTD_c_checksumFlag]: checksumFlag } });
}

/** A whole tar. */
export function tarOf(text: string, entries: readonly Uint8Array[], end: Uint8Array = END): Buffer {
  return Buffer.concat([manifestEntry(text), ...entries, end]);
}

const goodEntries = goodFiles.map(({ path }) => entry(path));
/** The good archive before compression. */
export const goodTar = tarOf(manifest(), goodEntries);
/** The archive that all others are made from. */
export const goodArchive = pack(goodTar);

// Changes a header and makes its checksum fit again.
function patched(at: number, bytes: string | Uint8Array): (header: Buffer) => void {
  return (header) => {
    Buffer.from(bytes).copy(header, at);
    header.write(`${checksum(header.subarray(0, 512)).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  };
}

const named = (path: string): ((header: Buffer) => void) => patched(0, Buffer.concat([Buffer.from(path)], 100));
const typed =
  (type: string, link = ""): ((header: Buffer) => void) =>
  (header) => {
    patched(157, Buffer.concat([Buffer.from(link)], 100))(header);
    patched(156, type)(header);
  };

const first = "data/credentials/key.pem";
const rest = goodEntries.slice(1);
const withFirst = (bytes: Uint8Array): Buffer => pack(tarOf(manifest(), [bytes, ...rest]));

function badNames(): HostileArchive[] {
  const names = [
    "/etc/cron.d/td",
    "../outside",
    "data/../../outside",
    "data/./a",
    "data//a",
    "data/a/",
    "data/a\0b",
    "data/a\nb",
    "data/a\\..\\b",
    "C:/td",
    "data/C:/td",
    ".",
    "..",
    "data/..",
    "data/\u2028",
    "data/\uFFFD",
    `data/${"x".repeat(256)}`,
    `data/${"x/".repeat(600)}y`,
    "etc/passwd",
    "manifest.json",
    "data/\u007f",
  ];
  return names.flatMap((path) => {
    const files = [...goodFiles, { path, bytes: 0, sha256: sha256(""), modified: MODIFIED }];
    return [
      {
        name: `the manifest lists ${JSON.stringify(path.slice(0, 40))}`,
        bytes: pack(tarOf(manifest(files), [...goodEntries, entry(path.slice(0, 90), "")])),
        codes: ["entry-path"],
      },
      ...(path.length < 100 && !path.includes("\0")
        ? [
            {
              name: `an entry is called ${JSON.stringify(path)}`,
              bytes: withFirst(entry(first, undefined, named(path))),
              codes: ["entry-path", "entry-unlisted", "entry-duplicate"],
            },
          ]
        : []),
    ];
  });
}

function badTypes(): HostileArchive[] {
  const of = (name: string, type: string, code: string, link = ""): HostileArchive => ({
    name,
    bytes: withFirst(entry(first, undefined, typed(type, link))),
    codes: [code],
  });
  return [
    of("a symbolic link out of the tree", "2", "entry-link", "/etc/passwd"),
    of("a symbolic link within the tree", "2", "entry-link", "../state/zero.json"),
    of("a hard link to a file outside", "1", "entry-link", "/etc/passwd"),
    of("a hard link to an earlier entry", "1", "entry-link", "manifest.json"),
    of("a character device", "3", "entry-device"),
    of("a block device", "4", "entry-device"),
    of("a pipe", "6", "entry-device"),
    of("a directory in place of a file", "5", "entry-type"),
    of("a contiguous file", "7", "entry-type"),
    of("a GNU sparse file", "S", "entry-type"),
    of("a GNU long name", "L", "entry-type"),
    of("a GNU long link", "K", "entry-type"),
    of("a GNU volume label", "V", "entry-type"),
    of("a global extended header", "g", "entry-type"),
    of("an extended header that is not due", "x", "entry-type"),
    of("an old-style file with type NUL", "\0", "entry-type"),
  ];
}

function badHeaders(): HostileArchive[] {
  const of = (name: string, change: (header: Buffer) => void, ...codes: string[]): HostileArchive => ({
    name,
    bytes: withFirst(entry(first, undefined, change)),
    codes,
  });
  return [
    of("a setuid bit", patched(100, "0004755\0"), "entry-header"),
    of("mode 777", patched(100, "0000777\0"), "entry-header"),
    of("owner root by name", patched(265, "root"), "entry-header"),
    of("a negative size", patched(124, Buffer.from("ffffffffffffffffffffffff", "hex")), "entry-size"),
    of("a size in base 256", patched(124, Buffer.from("800000000000000000000001", "hex")), "entry-size"),
    of("a size that is larger than listed", patched(124, "77777777777\0"), "entry-size"),
    of("a size that is smaller than listed", patched(124, "00000000001\0"), "entry-size"),
    of("a size that is no number", patched(124, "zzzzzzzzzzz\0"), "entry-size"),
    of("a link name on a plain file", patched(157, "/etc/passwd"), "entry-header"),
    of("a device number on a plain file", patched(329, "0000001\0"), "entry-header"),
    of("a name prefix", patched(345, "../.."), "entry-path"),
    of("a wrong checksum", (header) => header.write("0000000\0", 148, "latin1"), "entry-header"),
    of("another magic", patched(257, "ustar  \0"), "entry-header"),
    of("bytes after the name", patched(60, "hidden"), "entry-unlisted", "entry-header"),
    of("something in the reserved end", patched(505, "x"), "entry-header"),
  ];
}

// Extended headers for the entry that needs one.
function badExtended(): HostileArchive[] {
  const path = "data/state/größe.json";
  const at = goodFiles.findIndex((file) => file.path === path);
  const of = (name: string, body: string, ...codes: string[]): HostileArchive => {
    const header = Buffer.from(tarHeader({ path: "pax-header", bytes: Buffer.byteLength(body), modified: MODIFIED }));
    patched(156, "x")(header);
    const main = entry("pax-name", CONTENT[path]);
    const bytes = Buffer.concat([header, Buffer.from(body), Buffer.alloc(padding(Buffer.byteLength(body))), main]);
    return { name: `an extended header with ${name}`, bytes: pack(tarOf(manifest(), goodEntries.with(at, bytes))), codes };
  };
  const record = (key: string, value: string): string => {
    const tail = Buffer.byteLength(` ${key}=${value}\n`);
    const length = [1, 2, 3].map((digits) => tail + digits).find((sum) => String(sum).length + tail === sum) ?? 0;
    return `${length} ${key}=${value}\n`;
  };
  const refused = ["entry-type", "entry-header", "entry-size", "entry-link", "entry-unlisted", "entry-path"];
  return [
    of("another path", record("path", "data/state/../../x.json"), ...refused),
    of("a path and a link", record("path", path) + record("linkpath", "/etc/passwd"), ...refused),
    of("a size", record("path", path) + record("size", "99"), ...refused),
    of("the path twice", record("path", "data/x") + record("path", path), ...refused),
    of("a wrong length", record("path", path).replace(/^\d+/, "99"), ...refused),
    of("an attribute", record("path", path) + record("SCHILY.xattr.security.capability", "x"), ...refused),
    of("no record", "", ...refused),
  ];
}

function badOrder(): HostileArchive[] {
  const [a = Buffer.alloc(0), b = Buffer.alloc(0), ...others] = goodEntries;
  const of = (name: string, entries: readonly Uint8Array[], ...codes: string[]): HostileArchive => ({
    name,
    bytes: pack(tarOf(manifest(), entries)),
    codes,
  });
  return [
    of("two entries swapped", [b, a, ...others], "entry-order"),
    of("an entry twice", [a, a, b, ...others], "entry-duplicate"),
    of("an entry again at the end", [...goodEntries, a], "entry-duplicate"),
    of("an entry missing in the middle", [a, ...others], "entry-order", "entry-type"),
    of("the last entry missing", goodEntries.slice(0, -1), "entry-missing"),
    of("no entry at all", [], "entry-missing"),
    of("an entry that is not listed, at the end", [...goodEntries, entry("data/extra.json", "{}")], "entry-unlisted"),
    of("an entry that is not listed, in the middle", [a, entry("data/extra.json", "{}"), b, ...others], "entry-unlisted"),
    of("a second manifest", [...goodEntries, manifestEntry(manifest())], "entry-duplicate"),
    of(
      "an entry whose name differs in case from an earlier one",
      [a, entry("data/CREDENTIALS/key.pem", "x"), b, ...others],
      "entry-collision",
    ),
    { name: "no manifest", bytes: pack(Buffer.concat([...goodEntries, END])), codes: ["not-an-archive"] },
    {
      name: "the manifest at the end",
      bytes: pack(Buffer.concat([...goodEntries, manifestEntry(manifest()), END])),
      codes: ["not-an-archive"],
    },
  ];
}

function brokenText(): Buffer {
  const bytes = manifestEntry(manifest());
  bytes[bytes.indexOf("größe") + 2] = 0xff;
  return bytes;
}

function badManifests(): HostileArchive[] {
  const of = (name: string, text: string, ...codes: string[]): HostileArchive => ({
    name: `a manifest ${name}`,
    bytes: pack(tarOf(text, goodEntries)),
    codes,
  });
  const changed = (change: Partial<ManifestFile>): string =>
    manifest(goodFiles.map((file, index) => (index === 0 ? { ...file, ...change } : file)));
  const twice = (path: string): string => manifest([...goodFiles, { path, bytes: 0, sha256: sha256(""), modified: MODIFIED }]);
  const raw = (change: object): string => `${JSON.stringify({ ...(JSON.parse(manifest()) as object), ...change })}\n`;
  return [
    {
      name: "a manifest without a seal",
      bytes: pack(Buffer.concat([manifestEntry(manifest(), false), ...goodEntries, END])),
      codes: ["manifest-invalid"],
    },
    {
      name: "a manifest that was edited",
      bytes: pack(Buffer.concat([manifestEntry(sealText(manifest()).replace("2025", "2026"), false), ...goodEntries, END])),
      codes: ["manifest-invalid"],
    },
    of("that is not JSON", "{", "manifest-invalid"),
    of("that is not an object", "[]", "manifest-invalid"),
    { name: "a manifest that is not UTF-8", bytes: pack(Buffer.concat([brokenText(), ...goodEntries, END])), codes: ["manifest-invalid"] },
    of("of another format", raw({ format: "zip" }), "manifest-invalid"),
    of("of a later version", raw({ version: 2 }), "version-mismatch"),
    of("with an unknown field", raw({ run: "rm -rf /" }), "manifest-invalid"),
    of("with __proto__", manifest().replace('"version":1', '"version":1,"__proto__":{"x":1}'), "manifest-invalid"),
    of("with an unknown field of a file", raw({ files: [{ ...goodFiles[0], link: "/etc/passwd" }] }), "manifest-invalid"),
    of("with a negative size", changed({ bytes: -1 }), "manifest-invalid"),
    of("with half a byte", changed({ bytes: 0.5 }), "manifest-invalid"),
    of("with a size beyond 2^53", changed({ bytes: 2 ** 60 }), "manifest-invalid"),
    of("with a size beyond the limit", changed({ bytes: 2 ** 45 }), "too-large"),
    of(
      "with a huge total",
      manifest(
        Array.from({ length: 3 }, (_, index) => ({ path: `data/${index}`, bytes: 2 ** 39, sha256: sha256(""), modified: MODIFIED })),
      ),
      "too-large",
    ),
    of("with a hash that is none", changed({ sha256: "x".repeat(64) }), "manifest-invalid"),
    of("with the hash of another content", changed({ sha256: sha256("other") }), "hash-mismatch"),
    of("with a size too small by one", changed({ bytes: 9 }), "entry-size"),
    of("with another time", changed({ modified: 1 }), "entry-header"),
    of("that lists a name twice", twice(first), "entry-duplicate"),
    of("that lists two names that differ in case", twice("data/credentials/KEY.pem"), "entry-collision"),
    of(
      "that lists two names that differ in Unicode form",
      twice("data/state/gro\u0308ße.json".normalize("NFD").replace("gro\u0308", "gro\u0308")),
      "entry-collision",
      "entry-missing",
    ),
    of("that lists a name in NFC and in NFD", twice("data/state/größe.json".normalize("NFD")), "entry-collision"),
    of("that lists a file below a file", twice(`${first}/x`), "entry-collision"),
    of("that lists a directory that is a file", raw({ directories: [first] }), "entry-collision"),
    of("with a directory outside", raw({ directories: ["../outside"] }), "entry-path"),
    of(
      "that names a database that it does not list",
      raw({ databases: [{ engine: "sqlite", path: "data/none.db", tables: [] }] }),
      "manifest-invalid",
    ),
    of("with a database of an unknown engine", raw({ databases: [{ engine: "mysql", path: first, tables: [] }] }), "manifest-invalid"),
  ];
}

function badEnds(): HostileArchive[] {
  const of = (name: string, bytes: Uint8Array, ...codes: string[]): HostileArchive => ({ name, bytes, codes });
  const half = Math.floor(goodTar.length / 1024) * 512;
  return [
    of("nothing", new Uint8Array(), "not-an-archive"),
    of("text", Buffer.from("hello\n".repeat(100)), "not-an-archive"),
    of("gzip", Buffer.from("1f8b0800000000000003", "hex"), "not-an-archive"),
    of("a second frame", Buffer.concat([goodArchive, goodArchive]), "trailing-data"),
    of("an empty second frame", Buffer.concat([goodArchive, pack(new Uint8Array())]), "trailing-data"),
    of(
      "one archive in two frames",
      Buffer.concat([pack(goodTar.subarray(0, half)), pack(goodTar.subarray(half))]),
      "trailing-data",
      "archive-truncated",
    ),
    of("a byte after the frame", Buffer.concat([goodArchive, Buffer.from([0])]), "trailing-data"),
    of("a skippable frame", Buffer.concat([goodArchive, Buffer.from("502a4d1804000000deadbeef", "hex")]), "trailing-data"),
    of("a third block of zeros", pack(Buffer.concat([goodTar, Buffer.alloc(512)])), "trailing-data"),
    of("one block of zeros", pack(goodTar.subarray(0, -512)), "archive-truncated"),
    of("no block of zeros", pack(goodTar.subarray(0, -1024)), "archive-truncated"),
    of("a byte after the end", pack(Buffer.concat([goodTar, Buffer.from("x")])), "trailing-data"),
    of("a tar appended to the tar", pack(Buffer.concat([goodTar, goodTar])), "trailing-data"),
    of("a frame without checksum", pack(goodTar, 0), "archive-damaged"),
    of(
      "a bomb: a manifest of a gigabyte",
      pack(Buffer.concat([tarHeader({ path: "manifest.json", bytes: 2 ** 30, modified: 0 }), Buffer.alloc(4096)])),
      "too-large",
    ),
    of("a bomb: zeros beyond the ratio", bomb(), "too-large"),
    of(
      "zeros in the padding replaced",
      pack(Buffer.concat([goodTar.subarray(0, -1025), Buffer.from("x"), goodTar.subarray(-1024)])),
      "archive-damaged",
      "entry-header",
    ),
  ];
}

// The ratio is known from the manifest and the size of the file: no content is needed to refuse it.
function bomb(): Buffer {
  const zeros: TarEntry & ManifestFile = { path: "data/zeros", bytes: 2 ** 36, sha256: sha256(""), modified: MODIFIED };
  return pack(Buffer.concat([manifestEntry(manifest([zeros])), tarHeader(zeros), Buffer.alloc(4096)]));
}

/** All of them. */
export const hostileArchives: readonly HostileArchive[] = [
  ...badNames(),
  ...badTypes(),
  ...badHeaders(),
  ...badExtended(),
  ...badOrder(),
  ...badManifests(),
  ...badEnds(),
];
