import type { Context } from "hono";
import { refuse } from "./errors.ts";

/** Which page a request asks for: `?limit=1..200&after=CURSOR`, where the cursor is the `next` of the page before. */
export function pageRequest(context: Context): { readonly limit: number; readonly after?: string } {
  const { limit = "50", after } = context.req.query();
  if (!/^(?:[1-9]|[1-9]\d|1\d\d|200)$/.test(limit)) refuse(400, "bad-request", "limit is a whole number from 1 to 200.");
  return { limit: Number(limit), ...(after !== undefined && { after }) };
}
