// Where each archived file goes, and what a manifest says: pure, so that a plan can be judged before anything is moved.

/** The version of the manifest's form; a reader refuses any other. */
export const ARCHIVE_FORMAT = "td-archive/1";

/** A file that is archived. */
export interface ArchivedFile {
  /** The absolute path that it had. */
  readonly from: string;
  /** Its path below the archive, with `/`. */
  readonly to: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** SHA-256 of its content, 64 hex digits. */
  readonly sha256: string;
}

/** What lies, or is about to lie, in an archive. */
export interface ArchiveManifest {
  /** Always {@link ARCHIVE_FORMAT}. */
  readonly format: string;
  /** `moving` and `undoing` are also what a killed process leaves behind: the same call goes on. */
  readonly state: "moving" | "complete" | "undoing";
  /** When the archive was begun, ISO 8601 in UTC. */
  readonly begun: string;
  /** The absolute paths that were given, sorted. */
  readonly sources: readonly string[];
  /** The absolute paths of the folders among and below them, the deepest first. */
  readonly folders: readonly string[];
  /** The files, in the order of moving. */
  readonly files: readonly ArchivedFile[];
}

/** The first two files that would get one name, where upper and lower case count as the same; `undefined` when there are none. */
export function firstCollision(files: readonly Pick<ArchivedFile, "from" | "to">[]): readonly [string, string] | undefined {
  const taken = new Map<string, string>();
  for (const { from, to } of files) {
    const name = to.normalize("NFC").toLowerCase();
    const other = taken.get(name);
    if (other !== undefined) return [other, from];
    taken.set(name, from);
  }
  return undefined;
}

/** The manifest of a text, or `undefined` when it is none that this version knows. */
export function readManifest(text: string): ArchiveManifest | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<ArchiveManifest> | null;
    const known = parsed?.format === ARCHIVE_FORMAT && Array.isArray(parsed.files) && Array.isArray(parsed.sources);
    return known ? (parsed as ArchiveManifest) : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a manifest. */
export function writeManifest(manifest: ArchiveManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether two lists of paths are the same. */
export function samePaths(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((path, at) => path === b[at]);
}
