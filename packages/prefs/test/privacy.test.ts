// Two users of one host: whatever A asks, nothing of B is in the answer, and nothing in it depends on what B has.
import { describe, expect, test } from "vitest";
import { ROUTES } from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { createPreferencesHandler } from "../src/index.ts";
import { authenticate, BASE, clientOf, hostOn, type Answer, type Client } from "./http-workbench.ts";
import { KINDS, newUser } from "./workbench.ts";

const SECRET = "secret-of-b";

/** Fills everything that a user can have. */
async function fill(ask: Client): Promise<{ readonly etag: string; readonly listEtag: string; readonly itemId: string }> {
  const { headers } = await ask("PATCH", "/preferences", {
    body: { disclosureAccepted: true, disclosureVersion: SECRET, riskProfile: "Aggressive" },
  });
  const { body } = await ask("PUT", `/watchlist/${SECRET}`, { body: { notes: SECRET } });
  await ask("POST", `/insights/${SECRET}/dismiss`);
  const empty = { schemaVersion: 2, preferences: {}, watchlist: [], dismissed: [], unread: {} };
  await ask("PUT", `/imports/${SECRET}`, { body: { ...empty, unread: { key: SECRET } } });
  const list = await ask("GET", "/watchlist");
  return { etag: headers.get("etag") ?? "", listEtag: list.headers.get("etag") ?? "", itemId: String(body["id"]) };
}

/** What a client can tell one answer from another by. */
function told({ status, headers, body }: Answer): unknown {
  return { status, headers: Object.fromEntries(headers), body: JSON.stringify(body) };
}

describe.each(KINDS)("users on %s", (kind) => {
  test("no endpoint answers A with anything of B", async () => {
    const { ask, as } = await hostOn(kind);
    const { itemId } = await fill(as(newUser()));
    for (const { path, methods } of Object.values(ROUTES)) {
      for (const method of methods.filter((one) => one === "GET" || one === "DELETE")) {
        const guessed = await ask(method, path.replace(/\{\w+\}/, itemId));
        expect(`${method} ${path} ${JSON.stringify(guessed.body)}`).not.toMatch(/secret-of-b|Aggressive/i);
        // A check says the symbol again that was asked for; nothing else may.
        const named = await ask(method, path.replace(/\{\w+\}/, SECRET));
        expect(`${method} ${path} ${JSON.stringify(named.body)}`).not.toMatch(/secret-of-b.*secret-of-b|Aggressive/i);
      }
    }
    expect((await ask("GET", "/watchlist")).body).toMatchObject({ items: [] });
    expect((await ask("GET", "/preferences/history")).body).toEqual({ entries: [], next: null });
    expect((await ask("GET", "/insights/dismissed")).body).toEqual({ insights: [] });
  });

  test("what B has and what nobody has are answered alike, byte for byte", async () => {
    const { ask, as } = await hostOn(kind);
    const { itemId } = await fill(as(newUser()));
    const pairs = [
      ["GET", `/watchlist/${SECRET}`, "/watchlist/nobodys-of-1"],
      ["GET", `/watchlist/${itemId}`, "/watchlist/00000000-0000-4000-8000-000000000000"],
      ["DELETE", `/watchlist/${SECRET}`, "/watchlist/nobodys-of-1"],
      ["GET", `/imports/${SECRET}`, "/imports/nobodys-of-1"],
      ["DELETE", `/insights/${SECRET}/dismiss`, "/insights/nobodys-of-1/dismiss"],
    ] as const;
    for (const [method, ofB, ofNobody] of pairs) expect(told(await ask(method, ofB))).toEqual(told(await ask(method, ofNobody)));
  });

  test("nothing that A writes changes B, and nothing that B has hinders A", async () => {
    const { ask, as } = await hostOn(kind);
    const b = as(newUser());
    await fill(b);
    const before = [
      await b("GET", "/preferences"),
      await b("GET", "/watchlist"),
      await b("GET", "/insights/dismissed"),
      await b("GET", "/preferences/history"),
    ].map(told);
    expect((await ask("PUT", `/watchlist/${SECRET}`, { body: { notes: "mine" } })).status).toBe(201);
    expect((await ask("POST", `/insights/${SECRET}/dismiss`)).status).toBe(201);
    const empty = { schemaVersion: 2, preferences: {}, watchlist: [], dismissed: [], unread: {} };
    expect((await ask("PUT", `/imports/${SECRET}`, { body: empty })).status).toBe(201);
    await ask("PATCH", "/preferences", { body: { riskProfile: "Conservative" } });
    await ask("DELETE", `/watchlist/${SECRET}`);
    await ask("DELETE", "/watchlist");
    await ask("DELETE", `/insights/${SECRET}/dismiss`);
    const after = [
      await b("GET", "/preferences"),
      await b("GET", "/watchlist"),
      await b("GET", "/insights/dismissed"),
      await b("GET", "/preferences/history"),
    ].map(told);
    expect(after).toEqual(before);
  });

  test("B's tags are not A's: no 304 to a cache that holds B's answer, no change under B's tag", async () => {
    const { ask, as } = await hostOn(kind);
    const { etag, listEtag } = await fill(as(newUser()));
    await fill(ask);
    expect((await ask("GET", "/preferences", { headers: { "if-none-match": etag } })).status).toBe(200);
    expect((await ask("GET", "/watchlist", { headers: { "if-none-match": listEtag } })).status).toBe(200);
    // Both are at revision 1 with the same content: the tag is another one all the same.
    const answer = await ask("PATCH", "/preferences", { body: { universe: "NIFTY500" }, headers: { "if-match": etag } });
    expect([answer.status, answer.body.conflict?.current.revision]).toEqual([412, 1]);
    expect((await ask("PUT", "/watchlist", { body: { items: [] }, headers: { "if-match": listEtag } })).status).toBe(412);
  });

  test("no header or query says for whom A asks", async () => {
    const { ask, as } = await hostOn(kind);
    const b = newUser();
    await fill(as(b));
    const headers = { "x-user-id": b, "x-forwarded-user": b, cookie: `user=${b}` };
    const plain = told(await ask("GET", `/preferences`));
    expect(told(await ask("GET", `/preferences?userId=${b}&user_id=${b}`, { headers }))).toEqual(plain);
    expect((await ask("GET", `/preferences/../${b}/preferences`)).status).toBe(404);
    const patched = await ask("PATCH", "/preferences", { body: { userId: b, user_id: b, actor: b, riskProfile: "Moderate" } });
    expect(patched.body).toMatchObject({ revision: 1, value: tradingPreferences.defaults });
    expect((await as(b)("GET", "/preferences")).body).toMatchObject({ revision: 1, value: { riskProfile: "Aggressive" } });
  });

  test("an answer to a failure says nothing of anybody", async () => {
    const { prefs, as } = await hostOn(kind);
    const b = newUser();
    await fill(as(b));
    const broken = new Proxy(prefs, { get: () => () => Promise.reject(new Error(`${b} ${SECRET}`)) });
    const ask = clientOf(createPreferencesHandler(broken, { basePath: BASE, authenticate }), newUser());
    const { status, body } = await ask("GET", "/preferences");
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${b}|${SECRET}`));
  });
});
