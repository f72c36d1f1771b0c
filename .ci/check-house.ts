// House rules that no linter knows: arrows between packages, published subpaths, hand-written front doors, no clock by the back door.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Manifest, publishedPackages, type Package, ROOT, sourceEntries } from "./packages.ts";

// Arrows point left only. Test helpers come in as devDependencies and stay out of `src`.
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  fifo: [],
  storage: ["@td/fifo"],
  migrate: ["@td/fifo", "@td/storage"],
  prefs: ["@td/fifo", "@td/storage"],
  backup: [],
};
const IMPORT = /\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;

const problems = publishedPackages().flatMap((pack) => [...arrows(pack), ...subpaths(pack), ...sources(pack).flatMap(inSource)]);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function arrows({ folder, manifest }: Package): string[] {
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return declared
    .filter((name) => name.startsWith("@td/") && !allowed(folder, name))
    .map((name) => `packages/${folder}/package.json: must not depend on ${name}`);
}

function allowed(folder: string, name: string): boolean {
  return MAY_IMPORT[folder]?.includes(name) ?? false;
}

// Tests and types read `exports`, users get `publishConfig.exports`: the two must offer the same.
function subpaths({ folder, manifest }: Package): string[] {
  const wanted = JSON.stringify(publishedExports(manifest));
  return wanted === JSON.stringify(manifest.publishConfig?.exports)
    ? []
    : [`packages/${folder}/package.json: publishConfig.exports must mirror exports, in this order: ${wanted}`];
}

function publishedExports(manifest: Manifest): object {
  const built = [...sourceEntries(manifest)].map(([subpath, source]) => {
    const stem = `./${source.replace(/^src\//, "dist/").replace(/\.ts$/, "")}`;
    return [subpath, { types: `${stem}.d.ts`, default: `${stem}.js` }] as const;
  });
  return { ...Object.fromEntries(built), "./package.json": "./package.json" };
}

function sources({ folder, path }: Package): { folder: string; file: string; text: string }[] {
  const files = readdirSync(join(path, "src"), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return files.map((name) => {
    const file = join(path, "src", name);
    return { folder, file: relative(ROOT, file), text: readFileSync(file, "utf8") };
  });
}

function inSource({ folder, file, text }: { folder: string; file: string; text: string }): string[] {
  const imported = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "").filter((name) => name.startsWith("@td/"));
  const wrong = imported.filter((name) => !allowed(folder, name.split("/").slice(0, 2).join("/")));
  const pure = folder === "fifo" || file.includes("/src/core/");
  return [
    ...wrong.map((name) => `${file}: must not import ${name}; arrows point left only`),
    ...(/^export \*/m.test(text) ? [`${file}: name what you export, no "export *"`] : []),
    ...(pure && /\bnew Date\(\)|\bDate\(\)/.test(text) ? [`${file}: the core has no clock`] : []),
  ];
}
