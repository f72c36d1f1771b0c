// Where the parts that left a document are kept: one file of them and a manifest, durable before the document changes.
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errnoOf, syncFolder, writeDurably } from "../archive/durable.ts";
import { MANIFEST_NAME } from "../archive/survey.ts";
import type { JsonCut } from "../core/json-cut.ts";
import { MigrateError } from "../errors.ts";
import { sha256OfText } from "./slim-plan.ts";

/** The version of the form; a reader refuses any other. */
const FORMAT = "td-slim/1";
const PARTS_NAME = "removed.json";

/** What the manifest says. */
export interface SlimManifest {
  /** Always `td-slim/1`. */
  readonly format: string;
  /** The table. */
  readonly table: string;
  /** The column. */
  readonly column: string;
  /** SHA-256 of the document before. */
  readonly before: string;
  /** SHA-256 of the document after. */
  readonly after: string;
  /** SHA-256 of `removed.json`. */
  readonly sha256: string;
}

/** What was taken out of a document. */
export interface SlimArchive {
  /** The manifest. */
  readonly manifest: SlimManifest;
  /** The parts: where each goes back, and its text. */
  readonly cuts: readonly Pick<JsonCut, "path" | "at" | "removed">[];
}

/** Keeps parts in a folder. A folder that holds the same already is left as it is. Throws `archive-conflict`. */
export async function keepParts(to: string, about: Omit<SlimManifest, "format" | "sha256">, cuts: readonly JsonCut[]): Promise<string> {
  const folder = resolve(to);
  const path = join(folder, MANIFEST_NAME);
  const parts = `${JSON.stringify(
    cuts.map(({ path: place, at, removed }) => ({ path: place, at, removed })),
    null,
    1,
  )}\n`;
  const manifest: SlimManifest = { format: FORMAT, ...about, sha256: sha256OfText(parts) };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const there = await readIfThere(path);
  if (there !== undefined && there !== text)
    throw new MigrateError("archive-conflict", `${folder} is the archive of something else: nothing was changed. Take another folder.`, {
      facts: { path: folder },
    });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncFolder(dirname(folder));
  await writeDurably(join(folder, PARTS_NAME), parts);
  await writeDurably(path, text);
  return path;
}

/** Reads what was kept. Throws `not-an-archive`, `archive-mismatch`. */
export async function readParts(from: string): Promise<SlimArchive> {
  const folder = resolve(from);
  const manifest = JSON.parse((await readIfThere(join(folder, MANIFEST_NAME))) ?? "null") as SlimManifest | null;
  if (manifest?.format !== FORMAT)
    throw new MigrateError("not-an-archive", `${folder} holds nothing that slimBlob has archived.`, { facts: { path: folder } });
  const parts = (await readIfThere(join(folder, PARTS_NAME))) ?? "";
  if (sha256OfText(parts) === manifest.sha256) return { manifest, cuts: JSON.parse(parts) as SlimArchive["cuts"] };
  throw new MigrateError(
    "archive-mismatch",
    `${join(folder, PARTS_NAME)} is missing or not what the manifest lists: restore it from a backup.`,
    {
      facts: { path: folder },
    },
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  });
}
