// The tsup options of every package, derived from its package.json: a subpath that is declared is a file that is built.
import type { Options } from "tsup";
import { readManifest, sourceEntries } from "./packages.ts";

/** Options for the package in the current directory: one file per subpath, shared code in chunks, so that a class exists once. */
export function packageBuild(): Options {
  const sources = [...sourceEntries(readManifest(process.cwd())).values()];
  return {
    entry: Object.fromEntries(sources.map((source) => [source.replace(/^src\/(.*)\.ts$/, "$1"), source])),
    format: ["esm"],
    target: "node22",
    dts: true,
    sourcemap: true,
    clean: true,
    silent: true,
    removeNodeProtocol: false, // node:sqlite exists only under its full name
  };
}
