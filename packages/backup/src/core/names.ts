// Which names an archive may hold. The same rules bind create and restore: what td packs, td unpacks.

/** Longest name of an entry in UTF-8 bytes. */
const MAX_NAME_BYTES = 1024;

const utf8 = new TextEncoder();

/** What is wrong with the relative path of an entry, or nothing. */
export function nameProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  if (path.startsWith("/")) return "is absolute";
  if (/[\p{Cc}\\\u2028\u2029]/u.test(path)) return "holds a control character or a backslash";
  if (!path.isWellFormed() || path.includes("\uFFFD")) return "is not UTF-8";
  if (utf8.encode(path).length > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`;
  return path
    .split("/")
    .map(partProblem)
    .find((problem) => problem !== undefined);
}

function partProblem(part: string): string | undefined {
  if (part === "") return "has an empty part";
  if (part === "." || part === "..") return `holds "${part}"`;
  if (utf8.encode(part).length > 255) return "has a part longer than 255 bytes";
  return /^[A-Za-z]:$/.test(part) ? "holds a drive letter" : undefined;
}

/** What two names must differ in: a file system that ignores case and Unicode forms would take equal ones for the same file. */
export function foldName(path: string): string {
  return path.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}

/** Two names that cannot stand side by side, and why. */
export interface Collision {
  /** The name that came second. */
  readonly path: string;
  /** The name it meets. */
  readonly with: string;
  /** Whether the two are the same text. */
  readonly identical: boolean;
}

/** The first file that meets another file, or a directory of another file. `directories` may repeat those of the files. */
export function findCollision(files: readonly string[], directories: readonly string[] = []): Collision | undefined {
  const kinds = new Map<string, { readonly path: string; readonly file: boolean }>();
  const put = (path: string, file: boolean): Collision | undefined => {
    const key = foldName(path);
    const held = kinds.get(key);
    if (held === undefined) kinds.set(key, { path, file });
    else if (held.path !== path || held.file || file) return { path, with: held.path, identical: held.path === path && held.file === file };
    return undefined;
  };
  for (const path of files) {
    const met = put(path, true) ?? firstOf(parents(path), (parent) => put(parent, false));
    if (met !== undefined) return met;
  }
  return firstOf(
    directories.flatMap((path) => [path, ...parents(path)]),
    (path) => put(path, false),
  );
}

/** The directories above a path, nearest first. */
export function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, parts.length - 1 - index).join("/"));
}

function firstOf<T, R>(values: Iterable<T>, find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
