import { expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument, ROUTES } from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { BASE, hostOn, type Ask } from "./http-workbench.ts";

type Plain = Readonly<Record<string, unknown>>;
const document = openApiDocument(tradingPreferences, { basePath: BASE, title: "Traders", version: "3" }) as {
  readonly openapi: string;
  readonly info: Plain;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Plain>>; readonly requestBody?: Plain }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Plain>> };
};

test("the document has every path and method of the handlers, and no other", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Traders", version: "3" } });
  const documented = Object.entries(document.paths).map(([path, item]) => [
    path,
    Object.keys(item)
      .filter((key) => key !== "parameters")
      .toSorted(),
  ]);
  const handled = Object.values(ROUTES).map(({ path, methods }) => [BASE + path, methods.map((method) => method.toLowerCase()).toSorted()]);
  expect(documented).toEqual(handled);
  const ids = [...JSON.stringify(document.paths).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every reference in the document is to something in it", () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = ""]) => ref);
  expect(refs.length).toBeGreaterThan(20);
  for (const ref of refs) expect(document.components.schemas).toHaveProperty([ref.replace("#/components/schemas/", "")]);
});

/** A checker made from the document alone. */
function checker(name: string): z.ZodType {
  const $defs = document.components.schemas;
  const text = JSON.stringify({ ...$defs[name], $defs }).replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

/** Whether a body is what a schema says; without a schema, whether there is none. */
function fits(name: string | undefined, body: unknown): boolean {
  return name === undefined || body === undefined ? body === undefined : checker(name).safeParse(body).success;
}

test("answers and bodies are what the document says", async () => {
  const { ask } = await hostOn("sqlite");
  const empty = {
    schemaVersion: 0,
    preferences: { arise_risk: "Aggressive" },
    watchlist: [{ symbol: "A" }],
    dismissed: [{ id: "x" }],
    unread: {},
  };
  const calls: readonly (readonly [method: string, path: string, route: keyof typeof ROUTES, ask?: Ask])[] = [
    ["GET", "/preferences", "preferences"],
    ["PATCH", "/preferences", "preferences", { body: { riskProfile: "Moderate", universe: null } }],
    ["PATCH", "/preferences", "preferences", { body: { riskProfile: "Aggressive" }, headers: { "if-match": '"r0"' } }],
    ["PATCH", "/preferences?baseRevision=0", "preferences", { body: { riskProfile: "Conservative" } }],
    ["PATCH", "/preferences", "preferences", { body: { riskProfile: 7 } }],
    ["PUT", "/preferences", "preferences", { body: {} }],
    ["GET", "/preferences/history", "history"],
    ["POST", "/watchlist", "watchlist", { body: { symbol: "A", notes: null } }],
    ["GET", "/watchlist", "watchlist"],
    ["PUT", "/watchlist", "watchlist", { body: { items: [{ symbol: "A" }] }, headers: { "if-match": "*" } }],
    ["PUT", "/watchlist/B", "watchlistItem", { body: { notes: "n" } }],
    ["GET", "/watchlist/B", "watchlistItem"],
    ["GET", "/watchlist/C", "watchlistItem"],
    ["DELETE", "/watchlist/C", "watchlistItem"],
    ["GET", "/watchlist/A/check", "watchlistCheck"],
    ["POST", "/insights/a/dismiss", "dismiss", { body: { until: "2100-01-01T00:00:00Z" } }],
    ["GET", "/insights/dismissed", "dismissed"],
    ["DELETE", "/insights/a/dismiss", "dismiss"],
    ["PUT", "/imports/1", "import", { body: empty }],
    ["GET", "/imports/1", "import"],
    ["PUT", "/imports/1", "import", { body: { ...empty, unread: { a: "b" } } }],
  ];
  for (const [method, path, route, given] of calls) {
    const { status, headers, body } = await ask(method, path, given);
    const operation = document.paths[BASE + ROUTES[route].path]?.[method.toLowerCase()];
    const answer = operation?.responses[String(status)];
    expect(answer, `${method} ${path} answered ${status}`).toBeDefined();
    const schema = nameIn(answer, headers.get("content-type"));
    expect(fits(schema, body), `${method} ${path}`).toBe(true);
    const sent = nameIn(operation?.requestBody, method === "PATCH" ? "application/merge-patch+json" : "application/json");
    expect(status >= 400 || fits(sent, given?.body), `${method} ${path}`).toBe(true);
  }
});

function nameIn(part: Plain | undefined, media: string | null): string | undefined {
  const content = part?.["content"] as Readonly<Record<string, { readonly schema: { readonly $ref: string } }>> | undefined;
  return content?.[media ?? ""]?.schema.$ref.replace("#/components/schemas/", "");
}

test("the schema of a patch lets every field be taken back, and refuses what the field refuses", () => {
  const patch = checker("PreferencesPatch");
  expect(patch.safeParse({ riskProfile: null, tradingModes: { Swing: null } }).success).toBe(true);
  expect(patch.safeParse({ riskProfile: "Reckless" }).success).toBe(false);
  expect(patch.safeParse({ tradingModes: { Swing: "yes" } }).success).toBe(false);
});
