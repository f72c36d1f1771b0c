// Answers that went well.
import { HEADERS, MEDIA } from "../wire.ts";

// An answer is for one user: no shared cache keeps it, and a browser's asks each time whether it still holds.
const PRIVATE = { "Cache-Control": "private, no-cache", Vary: "Authorization, Cookie", "X-Content-Type-Options": "nosniff" };

/** A JSON answer. */
export function json(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": MEDIA.json, ...PRIVATE, ...headers } });
}

/** A JSON answer with an entity tag; 304 when the request has it. */
export function tagged(request: Request, body: { readonly etag: string }): Response {
  const headers = { [HEADERS.etag]: body.etag };
  const known = request.headers.get(HEADERS.ifNoneMatch);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && known !== null && known.split(",").some((tag) => plainTag(tag) === body.etag)) {
    return new Response(null, { status: 304, headers: { ...PRIVATE, ...headers } });
  }
  return json(body, 200, headers);
}

/** An entity tag without what proxies do to it: they mark it weak, and some put the name of the compression behind it. */
export function plainTag(tag: string): string {
  return tag
    .trim()
    .replace(/^W\//, "")
    .replace(/-(?:gzip|br|zstd|deflate)"$/, '"');
}

/** There is nothing to say. */
export function nothing(): Response {
  return new Response(null, { status: 204, headers: PRIVATE });
}
