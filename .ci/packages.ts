// The packages of the workspace as their own package.json describes them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The parts of a package.json that the checks and the build look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package: where it is and what it says. */
export interface Package {
  /** Folder name below `packages/`. */
  readonly folder: string;
  /** Absolute path. */
  readonly path: string;
  readonly manifest: Manifest;
}

/** Absolute path of the repository. */
export const ROOT = join(import.meta.dirname, "..");

/** Reads the package.json of a directory. */
export const readManifest = (directory: string): Manifest => JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;

/** All packages, by folder name. */
export function allPackages(): Package[] {
  return readdirSync(join(ROOT, "packages")).map((folder) => {
    const path = join(ROOT, "packages", folder);
    return { folder, path, manifest: readManifest(path) };
  });
}

/** The packages that are published. */
export const publishedPackages = (): Package[] => allPackages().filter(({ manifest }) => manifest.private !== true);

/** Subpath to source file (`"./sqlite" -> "src/sqlite/index.ts"`) of everything a package offers, but for its package.json. */
export function sourceEntries({ exports }: Manifest): Map<string, string> {
  const sources = Object.entries(exports).filter(([subpath]) => subpath !== "./package.json");
  return new Map(sources.map(([subpath, source]) => [subpath, source.replace(/^\.\//, "")]));
}
