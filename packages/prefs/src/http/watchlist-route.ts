// The watchlist as a list, and each listing as a resource.
import { MEDIA } from "../wire.ts";
import { listTag } from "../server/etag.ts";
import type { ExchangeOption } from "../server/watchlist.ts";
import { preconditionOf, type Call } from "./call.ts";
import { ProblemError } from "./problem.ts";
import { readOptional, readShape } from "./read-body.ts";
import { json, nothing, tagged } from "./respond.ts";
import { watchlistInput, watchlistNotes, watchlistReplacement } from "./schemas.ts";

/** GET, POST, PUT, DELETE of the list. */
export async function watchlistRoute(call: Call): Promise<Response> {
  const { request, prefs, userId, by } = call;
  const list = prefs.watchlist(userId);
  if (request.method === "POST") {
    const { symbol, ...options } = await readShape(request, watchlistInput, rules(call));
    const { item, added } = await list.add(symbol, { ...options, ...by });
    return json(item, added ? 201 : 200);
  }
  if (request.method === "PUT") {
    const expected = expectedList(call, true);
    const { items } = await readShape(request, watchlistReplacement, rules(call));
    return tagged(request, await list.replace(items, { ...by, ...expected }));
  }
  if (request.method === "DELETE") {
    await list.replace([], { ...by, ...expectedList(call, false) });
    return nothing();
  }
  return tagged(request, await list.list());
}

/** GET, PUT, DELETE of one listing. */
export async function watchlistItemRoute(call: Call): Promise<Response> {
  const { request, prefs, userId, by, route } = call;
  const list = prefs.watchlist(userId);
  const listing = exchangeIn(call);
  if (request.method === "PUT") {
    const { item, added } = await list.add(route.param, {
      ...listing,
      ...by,
      ...(await readOptional(request, watchlistNotes, rules(call))),
    });
    return json(item, added ? 201 : 200);
  }
  if (request.method === "DELETE") {
    await list.remove(route.param, { ...listing, ...by });
    return nothing();
  }
  const item = await list.get(route.param, listing);
  if (item === null) throw new ProblemError("not-found", "This listing is not on the watchlist.");
  return json(item);
}

/** GET whether a symbol is watched. */
export async function watchlistCheckRoute(call: Call): Promise<Response> {
  return json(await call.prefs.watchlist(call.userId).check(call.route.param, exchangeIn(call)));
}

function exchangeIn({ url }: Call): ExchangeOption {
  return { exchange: url.searchParams.get("exchange") };
}

function rules({ maxBytes }: Call): { readonly media: "application/json"; readonly maxBytes: number } {
  return { media: MEDIA.json, maxBytes };
}

/** The tag that the list must have. `If-None-Match: *` asks for an empty one. */
function expectedList({ request, userId }: Call, needed: boolean): { readonly ifEtag?: string } {
  const condition = preconditionOf(request);
  if (condition.kind === "tag") return { ifEtag: condition.tag };
  if (condition.kind === "absent") return { ifEtag: listTag(userId, []) };
  if (condition.kind === "any" || !needed) return {};
  throw new ProblemError("precondition-required", "Nothing was changed: send If-Match with the etag of the list that was read.");
}
