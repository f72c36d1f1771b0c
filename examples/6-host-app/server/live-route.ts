// Live updates: a WebSocket that tells what has committed. It tells keys, not rows: who hears reads what it needs, with its own rights.
import { upgradeWebSocket } from "@hono/node-server";
import { Hono, type Context } from "hono";
import type { WebSocket } from "ws";
import { refuse } from "./errors.ts";
import type { Host, SignedIn } from "./host.ts";

/** Bytes that may wait for a slow reader; then it is cut off, comes back with its cursor, and is told the rest. */
const MOST_WAITING = 1 << 20;

/** GET /live?after=CURSOR, to be upgraded. Without a cursor it begins at the present. */
export function liveRoutes(host: Host): Hono<SignedIn> {
  return new Hono<SignedIn>().get(
    "/live",
    async (context, next) => {
      // A foreign page may open a socket with this site's cookies; it cannot say that it is this site.
      const origin = context.req.header("origin");
      if (origin !== undefined && URL.parse(origin)?.host !== context.req.header("host"))
        refuse(403, "foreign-origin", "This page may not listen.");
      await next();
    },
    upgradeWebSocket(async (context: Context<SignedIn>) => {
      const feed = await host.live.of(context.get("user").id);
      const after = context.req.query("after");
      let end: (() => void) | undefined;
      return {
        onOpen: (_, socket) => {
          const raw = socket.raw as WebSocket;
          end = feed.follow(after, (message) => {
            if (raw.bufferedAmount > MOST_WAITING) socket.close(1013, "too slow");
            else socket.send(JSON.stringify(message));
          });
        },
        onClose: () => end?.(),
        onError: () => end?.(),
      };
    }),
  );
}
