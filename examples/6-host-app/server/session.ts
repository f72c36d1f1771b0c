// The host's own login. This one asks for no password, which is good for a demonstration and nothing else; the cookie is signed all the same.
import type { Context } from "hono";
import { Hono } from "hono";
import { deleteCookie, setSignedCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { parseSigned } from "hono/utils/cookie";
import { z } from "zod";
import { refuse } from "./errors.ts";
import type { Host, SignedIn } from "./host.ts";
import { DEMO_USERS, type DemoUser } from "./users.ts";
import { send } from "./wire.ts";

const COOKIE = "session";
const OPTIONS = { httpOnly: true, sameSite: "Strict", path: "/", maxAge: 8 * 3600 } as const;

/** Who has signed in; undefined for nobody. */
export async function userOf(request: Request, secret: string): Promise<DemoUser | undefined> {
  const { [COOKIE]: id } = await parseSigned(request.headers.get("cookie") ?? "", secret, COOKIE);
  return DEMO_USERS.find((user) => user.id === id);
}

/** Lets nobody through who has not signed in, and gives the others their own scope. */
export const signedIn = (host: Host) =>
  createMiddleware<SignedIn>(async (context, next) => {
    const user = (await userOf(context.req.raw, host.sessionSecret)) ?? refuse(401, "signed-out", "Sign in first.");
    context.set("user", user);
    context.set("me", host.storage.forUser(user.id));
    await next();
  });

/** Lets admins through. */
export const adminOnly = createMiddleware<SignedIn>(async (context, next) => {
  if (context.get("user").role !== "admin") refuse(403, "not-allowed", "This is for admins.");
  await next();
});

/** Signing in and out. GET also tells the cursor from which live updates are to be followed: read the data after it. */
export function sessionRoutes(host: Host): Hono {
  const answer = async (context: Context, user: DemoUser | undefined): Promise<Response> =>
    send(context, { users: DEMO_USERS, user: user ?? null, cursor: user === undefined ? null : (await host.live.of(user.id)).cursor });
  return new Hono()
    .get("/", async (context) => answer(context, await userOf(context.req.raw, host.sessionSecret)))
    .post("/", async (context) => {
      const { user: id } = z.object({ user: z.string() }).parse(await context.req.json());
      const user = DEMO_USERS.find((one) => one.id === id) ?? refuse(401, "unknown-user", "Nobody has this name.");
      await setSignedCookie(context, COOKIE, user.id, host.sessionSecret, OPTIONS);
      return answer(context, user);
    })
    .delete("/", (context) => {
      deleteCookie(context, COOKIE, OPTIONS);
      return context.body(null, 204);
    });
}
