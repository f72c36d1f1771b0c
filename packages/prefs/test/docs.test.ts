// The programs of the page on mounting are executed as they are printed, and answer as the handlers do.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { PreferencesHandler } from "../src/index.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
const undo: (() => void)[] = [];
afterAll(() => undo.forEach((work) => work()));

function blocks(path: string, language: string): readonly string[] {
  return [...readFileSync(path, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\b[^\\n]*\\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, text = ""]) => text,
  );
}

/** A folder below the package, so that its imports are found. */
function folder(): string {
  const place = mkdtempSync(join(import.meta.dirname, "docs-"));
  undo.push(() => rmSync(place, { recursive: true }));
  return place;
}

describe("docs/guides/mount-the-handlers.md", () => {
  const place = folder();
  for (const block of blocks(join(DOCS, "guides/mount-the-handlers.md"), "ts")) {
    writeFileSync(join(place, /^\/\/ (\S+)/.exec(block)?.[1] ?? "unnamed"), block);
  }

  async function serverOf(server: Server): Promise<(request: Request) => Promise<Response>> {
    server.listen(0, "127.0.0.1");
    undo.push(() => server.close());
    undo.push(() => server.closeAllConnections());
    await once(server, "listening");
    return (request) =>
      fetch(request.url.replace("http://localhost", `http://127.0.0.1:${(server.address() as AddressInfo).port}`), request);
  }

  const MOUNTS: Readonly<Record<string, (part: never) => PreferencesHandler | Promise<PreferencesHandler>>> = {
    "hono.ts":
      ({ app }: { app: { fetch: PreferencesHandler } }) =>
      async (request) =>
        app.fetch(request),
    "express.ts": ({ app }: { app: (request: object, response: object) => void }) => serverOf(createServer(app)),
    "node.ts": ({ server }: { server: Server }) => serverOf(server),
    "route.ts":
      (methods: Readonly<Record<string, PreferencesHandler>>): PreferencesHandler =>
      async (request) =>
        methods[request.method]?.(request) ?? new Response(null, { status: 405 }),
  };

  test.each(Object.keys(MOUNTS))("%s mounts them", async (file) => {
    const part = (await import(join(place, file))) as never;
    const ask = await MOUNTS[file]?.(part);
    const url = "http://localhost/api/user/preferences";
    expect((await ask?.(new Request(url)))?.status).toBe(401);
    const headers = { authorization: `Bearer ${file}`, "content-type": "application/merge-patch+json" };
    const answer = await ask?.(new Request(url, { method: "PATCH", headers, body: '{"riskProfile":"Aggressive"}' }));
    expect(await answer?.json()).toMatchObject({ revision: 1, value: { riskProfile: "Aggressive" } });
    const answers = [];
    for (let at = 0; at < 120; at++) answers.push((await ask?.(new Request(url, { headers })))?.status);
    expect(answers.indexOf(429)).toBe(119);
  });
});
