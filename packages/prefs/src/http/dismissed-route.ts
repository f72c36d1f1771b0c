// Dismissed insights, one by one and all together.
import { MEDIA } from "../wire.ts";
import type { Call } from "./call.ts";
import { readOptional } from "./read-body.ts";
import { json, nothing } from "./respond.ts";
import { dismissInput } from "./schemas.ts";

/** GET of all. */
export async function dismissedRoute({ prefs, userId }: Call): Promise<Response> {
  return json(await prefs.dismissed(userId).list());
}

/** POST and DELETE of one. */
export async function dismissRoute({ request, prefs, userId, route, by, maxBytes }: Call): Promise<Response> {
  const dismissed = prefs.dismissed(userId);
  if (request.method === "DELETE") {
    await dismissed.restore(route.param, by);
    return nothing();
  }
  const options = await readOptional(request, dismissInput, { media: MEDIA.json, maxBytes });
  const { insight, added } = await dismissed.dismiss(route.param, { ...options, ...by });
  return json(insight, added ? 201 : 200);
}
