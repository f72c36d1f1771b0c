// Why a header is not the one that was due. Only for the message: that it is refused is decided before, by comparing bytes.
import type { RefusalCode } from "../errors.ts";
import { foldName, nameProblem } from "./names.ts";
import { checksum, type TarEntry } from "./tar.ts";

/** A refusal with the name it is about. */
export interface Diagnosis {
  readonly code: RefusalCode;
  /** What is wrong, a whole sentence without its dot. */
  readonly what: string;
  /** The name in the header, or the one that was due. */
  readonly path: string | null;
}

/** What stands where `due` should stand (nothing is due at the end of the archive). `seen` are the names before it, `listed` all of the manifest. */
export function diagnose(header: Uint8Array, due: TarEntry | undefined, seen: readonly string[], listed: readonly string[]): Diagnosis {
  const duePath = due?.path ?? null;
  if (header.every((byte) => byte === 0)) return { code: "entry-missing", what: "The archive ends before a listed file", path: duePath };
  if (octalAt(header, 148, 8) !== checksum(header))
    return { code: due === undefined ? "trailing-data" : "entry-header", what: "A header is damaged", path: duePath };
  const type = String.fromCodePoint(header[156] ?? 0);
  const path = nameOf(header);
  const of = (code: RefusalCode, what: string): Diagnosis => ({ code, what, path });
  if (type === "1" || type === "2") return of("entry-link", "An entry is a link");
  if ("346".includes(type)) return of("entry-device", "An entry is a device or a pipe");
  const problem = nameProblem(path);
  if (problem !== undefined) return of("entry-path", `The name of an entry ${problem}`);
  if (type !== "0" && type !== "x") return of("entry-type", `An entry has type ${JSON.stringify(type)}`);
  if (type === "x") return of("entry-type", "An extended header stands where none is due");
  if (seen.includes(path)) return of("entry-duplicate", "A name occurs twice");
  if (seen.some((other) => foldName(other) === foldName(path)))
    return of("entry-collision", "Two names differ only in case or Unicode form");
  if (path === duePath)
    return octalAt(header, 124, 12) === due?.bytes
      ? of("entry-header", "A header is not one that td writes")
      : of("entry-size", "A file has another size than listed");
  return listed.includes(path)
    ? of("entry-order", "The entries are not in the order of the manifest")
    : of("entry-unlisted", "An entry is not listed");
}

function nameOf(header: Uint8Array): string {
  const prefix = textAt(header, 345, 155);
  return (prefix === "" ? "" : `${prefix}/`) + textAt(header, 0, 100);
}

/** The number in an octal field of exactly this form, or -1. */
export function octalAt(header: Uint8Array, at: number, length: number): number {
  const text = textAt(header, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : -1;
}

function textAt(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}
