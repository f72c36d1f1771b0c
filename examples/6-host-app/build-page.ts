import { join } from "node:path";
import { build } from "vite";

/** Builds the page into a folder, which is emptied first. */
export async function buildPage(outDir: string): Promise<void> {
  await build({
    root: join(import.meta.dirname, "page"),
    configFile: false,
    logLevel: "error",
    build: { outDir, emptyOutDir: true, target: "es2022" },
  });
}
