// The preferences as a resource: read, replaced, patched, and their history.
import type { PreferencesBody } from "../wire.ts";
import { BASE_REVISION, MEDIA } from "../wire.ts";
import type { JsonObject } from "../core/json.ts";
import { PrefsError } from "../errors.ts";
import { checkClient, numberIn, preconditionOf, type Call, type Precondition } from "./call.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { json, tagged } from "./respond.ts";

/** GET, PUT, PATCH of the preferences. */
export async function preferencesRoute(call: Call): Promise<Response> {
  const { request, prefs, userId } = call;
  if (request.method === "PUT") return tagged(request, await replace(call));
  if (request.method === "PATCH") return tagged(request, await patch(call));
  return tagged(request, await prefs.get(userId));
}

/** GET of the history. */
export async function historyRoute({ prefs, userId, url }: Call): Promise<Response> {
  const [before, limit] = [numberIn(url, "before"), numberIn(url, "limit")];
  return json(await prefs.historyPage(userId, { ...(before !== undefined && { before }), ...(limit !== undefined && { limit }) }));
}

async function replace(call: Call): Promise<PreferencesBody> {
  checkClient(call);
  const condition = preconditionOf(call.request);
  if (condition.kind === "none") {
    throw new ProblemError(
      "precondition-required",
      "Nothing was changed: send If-Match with the etag that was read, or If-None-Match: * to create only.",
    );
  }
  const value = (await readBody(call.request, { media: MEDIA.json, maxBytes: call.maxBytes })) as JsonObject;
  const options = { ...call.by, ...(await expected(call, condition)) };
  return (await call.prefs.replace(call.userId, value, options)) as PreferencesBody;
}

async function patch(call: Call): Promise<PreferencesBody> {
  checkClient(call);
  const baseRevision = numberIn(call.url, BASE_REVISION);
  const condition = preconditionOf(call.request);
  const change = (await readBody(call.request, { media: MEDIA.mergePatch, maxBytes: call.maxBytes })) as JsonObject;
  const options = { ...call.by, ...(await expected(call, condition)), ...(baseRevision !== undefined && { baseRevision }) };
  return (await call.prefs.patch(call.userId, change, options)) as PreferencesBody;
}

/** The revision that a request expects. A whole tag must be the current one: it says whose preferences were read, not only which revision. */
async function expected({ prefs, userId }: Call, condition: Precondition): Promise<{ readonly ifRevision?: number }> {
  if (condition.kind === "absent") return { ifRevision: 0 };
  if (condition.kind !== "tag") return {};
  const { tag, revision } = condition;
  if (revision !== undefined && tag === `"r${revision}"`) return { ifRevision: revision };
  const current = await prefs.get(userId);
  if (tag === current.etag) return { ifRevision: current.revision };
  if (revision !== undefined && revision < current.revision) return { ifRevision: revision };
  const conflict = { baseRevision: revision ?? 0, current: current as PreferencesBody, fields: [] };
  throw new PrefsError(
    "revision-conflict",
    "Nothing was changed: the etag is not the one of these preferences. Read them again.",
    {},
    { conflict },
  );
}
