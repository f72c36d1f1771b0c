// What users get: packs every package, lints the tarballs, installs them in an application outside the workspace and loads every subpath, on each
// Node and with each TypeScript that td supports.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleWithout } from "../packages/testkit/src/bundle.ts";
import { publishedPackages, readManifest, ROOT, sourceEntries } from "./packages.ts";

const packages = publishedPackages();
const specifiers = packages.flatMap(({ manifest }) =>
  [...sourceEntries(manifest).keys()].map((subpath) => manifest.name + subpath.slice(1)),
);

/** The oldest Node and TypeScript that td supports, as npm ships them; the newest are the workspace's own. */
const OLDEST = { node: `npm:node-${process.platform}-${process.arch}@22.18.0`, typescript: "npm:typescript@5.9.3" } as const;

/** What pages load, and the bytes that it may add to one, minified and gzipped, without the dependencies. */
const FOR_BROWSERS = [
  ["@td/fifo", 12_000],
  ["@td/fifo/audit", 20_000],
  ["@td/fifo/history", 20_000],
  ["@td/prefs/browser", 6_000],
  ["@td/prefs/browser/import", 6_000],
] as const;

const work = mkdtempSync(join(realpathSync(tmpdir()), "td-packed-"));
try {
  const tarballs = packAll(join(work, "tarballs"));
  for (const tarball of tarballs.values()) lint(tarball);
  const app = join(work, "app");
  const hasOldest = install(app, tarballs);
  for (const name of tarballs.keys()) mustHaveFrontPage(join(app, "node_modules", name));
  writeApplication(app);
  for (const [specifier, limit] of FOR_BROWSERS) await fitsPage(app, specifier, limit);
  const nodes = [process.execPath, ...(hasOldest ? [join(app, "node_modules/oldest-node/bin/node")] : [])].map((node) => load(app, node));
  const compilers = [
    ...(hasOldest ? [join(app, "node_modules/oldest-typescript/bin/tsc")] : []),
    join(ROOT, "node_modules/typescript/bin/tsc6"),
    join(ROOT, "node_modules/@typescript/native/bin/tsc"),
  ].map((compiler) => checkTypes(app, compiler));
  console.log(
    `${packages.length} packages, ${specifiers.length} entry points: import and require on Node ${nodes.join(" and ")}; TypeScript ${compilers.join(", ")}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true });
}

// Package name to tarball. `pnpm pack` swaps in publishConfig.exports and resolves catalog: and workspace: versions; npm would not.
function packAll(folder: string): Map<string, string> {
  const filters = packages.map(({ manifest }) => `--filter=${manifest.name}`);
  run(ROOT, "pnpm", ["--recursive", ...filters, "pack", "--pack-destination", folder]);
  const files = readdirSync(folder);
  return new Map(
    packages.map(({ manifest: { name } }) => {
      const prefix = name.slice(1).replace("/", "-") + "-";
      const file = files.find((candidate) => candidate.startsWith(prefix));
      if (file === undefined) throw new Error(`pnpm pack made no tarball of ${name}, only ${files.join(", ")}`);
      return [name, join(folder, file)];
    }),
  );
}

function lint(tarball: string): void {
  run(ROOT, tool("publint"), ["run", tarball, "--strict"]);
  run(ROOT, tool("attw"), [tarball, "--profile", "esm-only", "--no-emoji"]);
}

// From the registry as a user does, with the oldest Node and TypeScript; when it cannot be reached, with the workspace's own copies of the other
// packages and without those two. Gives whether they are there.
function install(app: string, tarballs: ReadonlyMap<string, string>): boolean {
  mkdirSync(app);
  const own = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  const version = (directory: string): string => readManifest(directory).version;
  const oldest = { "oldest-node": OLDEST.node, "oldest-typescript": OLDEST.typescript };
  if (installed(app, { ...own, ...others(["peerDependencies"], version), ...types(version), ...oldest })) return true;
  console.log(`npm cannot install from the registry: NOT tried on ${OLDEST.node} and ${OLDEST.typescript}`);
  rmSync(join(app, "node_modules"), { recursive: true, force: true });
  const copies = others(["dependencies", "peerDependencies"], (directory) => `file:${directory}`);
  if (!installed(app, { ...own, ...copies, ...types((directory) => `file:${directory}`) }))
    throw new Error("npm cannot install the tarballs");
  return false;
}

function installed(app: string, dependencies: Readonly<Record<string, string>>): boolean {
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module", dependencies }));
  const flags = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=0", "--loglevel=error"];
  const { status, stderr } = spawnSync("npm", flags, { cwd: app, encoding: "utf8" });
  if (status !== 0) console.error(stderr);
  return status === 0;
}

// Packages that are not ours, with what `say` says about the directory they are installed in here.
function others(kinds: readonly ("dependencies" | "peerDependencies")[], say: (directory: string) => string): Record<string, string> {
  const named = packages.flatMap(({ path, manifest }) =>
    kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}).map((name) => [name, join(path, "node_modules", name)] as const)),
  );
  return Object.fromEntries(
    named.filter(([name]) => !name.startsWith("@td/")).map(([name, directory]) => [name, say(realpathSync(directory))]),
  );
}

// What a TypeScript host installs besides: the types of Node and of the peers that have none of their own.
function types(say: (directory: string) => string): Record<string, string> {
  const places = [ROOT, ...packages.map(({ path }) => path)]
    .map((path) => join(path, "node_modules", "@types"))
    .filter((path) => existsSync(path));
  const named = places.flatMap((place) =>
    readdirSync(place).map((name) => [`@types/${name}`, say(realpathSync(join(place, name)))] as const),
  );
  return Object.fromEntries(named);
}

function mustHaveFrontPage(directory: string): void {
  const missing = ["README.md", "LICENSE"].filter((file) => !existsSync(join(directory, file)));
  if (missing.length > 0) throw new Error(`${directory} was packed without ${missing.join(" and ")}`);
}

// An ES module and a CommonJS module that load everything, and one that TypeScript reads every declaration for.
function writeApplication(app: string): void {
  const list = JSON.stringify(specifiers);
  const check = "if (Object.keys(loaded).length === 0) throw new Error(name + ' exports nothing');";
  writeFileSync(join(app, "import.mjs"), `for (const name of ${list}) { const loaded = await import(name); ${check} }`);
  writeFileSync(join(app, "require.cjs"), `for (const name of ${list}) { const loaded = require(name); ${check} }`);
  writeFileSync(join(app, "types.ts"), specifiers.map((name, index) => `export * as entry${index} from "${name}";\n`).join(""));
}

// Bundles it as a page's build does; fails when something in it needs Node.
async function fitsPage(app: string, specifier: string, limit: number): Promise<void> {
  const entry = join(app, "page.mjs");
  writeFileSync(entry, `export * from "${specifier}";\n`);
  const size = gzipSync(await bundleWithout(entry, ["decimal.js"]), { level: 9 }).length;
  if (size >= limit) throw new Error(`${specifier} adds ${size} bytes to a page; ${limit} are allowed`);
  console.log(`${specifier}: ${size} bytes in a page`);
}

// Gives the version that it was loaded on.
function load(app: string, node: string): string {
  run(app, node, ["import.mjs"]);
  run(app, node, ["require.cjs"]);
  return run(app, node, ["--version"]).trim();
}

// With nothing skipped, because skipLibCheck would skip our declarations too; what is wrong in those of others is not ours to judge.
function checkTypes(app: string, tsc: string): string {
  const flags = ["--noEmit", "--strict", "--target", "es2023", "--types", "node", "--skipLibCheck", "false"];
  for (const resolution of [
    ["--module", "nodenext"],
    ["--module", "esnext", "--moduleResolution", "bundler"],
  ]) {
    const { stdout } = spawnSync(process.execPath, [tsc, "types.ts", ...flags, ...resolution], {
      cwd: app,
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    const ours = stdout.split("\n").filter((line) => /^(types\.ts|node_modules\/@td\/)/.test(line));
    if (ours.length > 0) throw new Error(`TypeScript refuses the packed declarations (${resolution.join(" ")}):\n${ours.join("\n")}`);
  }
  return readManifest(join(tsc, "../..")).version;
}

function tool(name: string): string {
  return join(ROOT, "node_modules", ".bin", name);
}

// Gives what the program printed.
function run(cwd: string, program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}\n${error?.message ?? stdout + stderr}`);
  return stdout;
}
