import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { Hono } from "hono";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const SECURITY = {
  "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
};

/** The files of the built page. */
export function pageFiles(site: string): Hono {
  return new Hono().get("/*", async (context) => {
    const path = context.req.path === "/" ? "/index.html" : normalize(context.req.path);
    const content = await readFile(join(site, path)).catch(() => undefined);
    if (content === undefined) return context.notFound();
    // Names under /assets hold a hash of the content.
    const cache = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    return context.body(content, 200, {
      ...SECURITY,
      "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
      "Cache-Control": cache,
    });
  });
}
