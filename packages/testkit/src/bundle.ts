import { build } from "esbuild";

/** A package's sources as one browser script that puts their exports on `globalThis[name]`; fails when something in it needs Node. */
export async function bundleForBrowser(entry: string, name: string, external: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: name,
    platform: "browser",
    target: "es2022",
    external: [...external],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
