// Imports: what a browser held before there was an account, put under a name of its own, so that repeating the request changes nothing.
import { MEDIA } from "../wire.ts";
import type { Call } from "./call.ts";
import { ProblemError } from "./problem.ts";
import { readShape } from "./read-body.ts";
import { json } from "./respond.ts";
import { importRequest } from "./schemas.ts";

/** An import holds all that a browser has gathered in years. */
const LARGER = 16;

/** GET and PUT of one import. */
export async function importRoute({ request, prefs, userId, route, by, maxBytes }: Call): Promise<Response> {
  if (request.method === "PUT") {
    const body = await readShape(request, importRequest, { media: MEDIA.json, maxBytes: LARGER * maxBytes });
    const { report, applied } = await prefs.importOnce(userId, route.param, body, by);
    return json(report, applied ? 201 : 200);
  }
  const report = await prefs.importReport(userId, route.param);
  if (report === null) throw new ProblemError("not-found", "No import of this name was made.");
  return json(report);
}
