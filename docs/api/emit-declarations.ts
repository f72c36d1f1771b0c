// The declarations of all published packages, as the compiler writes them.
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { publishedPackages, ROOT, sourceEntries } from "../../.ci/packages.ts";

/** What the packages declare. */
export interface Declarations {
  /** Path of a source file in the repository to the parsed declarations that it comes down to. */
  readonly files: ReadonlyMap<string, ts.SourceFile>;
  /** The entries in the order of the package.json files. */
  readonly entries: readonly EntryFile[];
}

/** One subpath of a package. */
export interface EntryFile {
  /** Folder below `packages/`. */
  readonly folder: string;
  /** What is imported: `@td/fifo/audit`. */
  readonly specifier: string;
  /** Path of the source file in the repository. */
  readonly file: string;
}

/** Compiles the entries of all published packages in one program. Throws what the compiler says when they do not compile. */
export function emitDeclarations(): Declarations {
  const entries = publishedPackages().flatMap(({ folder, path, manifest }) =>
    [...sourceEntries(manifest)].map(([subpath, source]) => ({
      folder,
      specifier: manifest.name + subpath.slice(1),
      file: relative(ROOT, join(path, source)),
    })),
  );
  const place = mkdtempSync(join(import.meta.dirname, "../.api-"));
  try {
    compile(place, entries);
    return { entries, files: parsed(join(place, "out")) };
  } finally {
    rmSync(place, { recursive: true });
  }
}

// By their paths: a file that the compiler reaches through `node_modules` first is foreign to it, and not written; which way is first is chance.
function compile(place: string, entries: readonly EntryFile[]): void {
  const paths = Object.fromEntries(entries.map(({ specifier, file }) => [specifier, [join(ROOT, file)]]));
  const compilerOptions = { lib: ["es2024", "dom"], noCheck: true, rootDir: ROOT, outDir: join(place, "out"), paths };
  const config = { extends: join(ROOT, "tsconfig.base.json"), compilerOptions, files: entries.map(({ file }) => join(ROOT, file)) };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", place, "--checkers", "1"], { stdio: ["ignore", "inherit", "inherit"] });
}

function parsed(out: string): ReadonlyMap<string, ts.SourceFile> {
  const names = globSync("**/*.d.ts", { cwd: out });
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(out, name), "utf8");
      return [name.replace(/\.d\.ts$/, ".ts"), ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)];
    }),
  );
}
