import { build, type BuildOptions } from "esbuild";

/** A package's sources as one browser script that puts their exports on `globalThis[name]`; fails when something in it needs Node. */
export function bundleForBrowser(entry: string, name: string): Promise<string> {
  return bundle({ entryPoints: [entry], format: "iife", globalName: name });
}

/** A package's sources as one minified module, without its dependencies: what it adds to a page. */
export function bundleWithout(entry: string, dependencies: readonly string[]): Promise<string> {
  return bundle({ entryPoints: [entry], format: "esm", external: [...dependencies] });
}

async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    target: "es2022",
    logLevel: "silent",
  });
  return outputFiles?.[0]?.text ?? "";
}
