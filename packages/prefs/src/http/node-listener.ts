// The bridge to node:http, and with it to Express: a request of Node becomes one of the web, the answer goes back.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { PreferencesHandler } from "./create-handler.ts";
import { BodyWasRead } from "./read-body.ts";

/** How a listener is made. */
export interface NodeListenerOptions {
  /** Scheme and host that the request's URL is written with: `https://td.example`; default `http://localhost`. The handlers look at the path alone. */
  readonly origin?: string;
}

/**
 * A listener for `http.createServer`, and a middleware for Express: mount it on the whole path (`app.use(listener)` or `app.all`) and before any body
 * parser. A body that was read before is answered with 500.
 */
export function toNodeListener(
  handler: PreferencesHandler,
  { origin = "http://localhost" }: NodeListenerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(handler, origin, request, response).catch(() => response.destroy());
  };
}

async function answer(handler: PreferencesHandler, origin: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = webRequest(origin, incoming);
  const response = request === undefined ? new Response(null, { status: 400 }) : await handler(request);
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => outgoing.setHeader(name, value));
  // What is left of a body that was refused is not waited for.
  if (!incoming.complete) outgoing.setHeader("Connection", "close");
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

function webRequest(origin: string, incoming: IncomingMessage & { readonly originalUrl?: string }): Request | undefined {
  const method = incoming.method ?? "GET";
  // Express cuts the path that a middleware is mounted on out of `url`.
  const path = incoming.originalUrl ?? incoming.url ?? "/";
  // Behind the origin, so that a path which begins with two slashes names no other host.
  if (!path.startsWith("/") || !URL.canParse(origin + path)) return undefined;
  const url = new URL(origin + path);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) for (const one of [value ?? []].flat()) headers.append(name, one);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  const streamed = { method, headers, body: bodyOf(incoming), duplex: "half" }; // Node wants `duplex`, which the types of browsers do not have
  return new Request(url, streamed);
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> | null {
  if (incoming.headers["content-length"] === undefined && incoming.headers["transfer-encoding"] === undefined) return null;
  if (incoming.readableDidRead) return consumed();
  return Readable.toWeb(incoming) as unknown as ReadableStream<Uint8Array>; // one and the same, in the types of Node and of browsers
}

function consumed(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.error(new BodyWasRead()) });
}
