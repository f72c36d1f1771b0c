// What the tests of the handlers share: a host whose sessions are a header.
import type { Problem } from "../src/index.ts";
import { createPreferencesHandler, type HandlerOptions, type Preferences, type PreferencesHandler } from "../src/index.ts";
import type { tradingPreferences } from "../src/trading.ts";
import { newUser, tradersOn, type Kind } from "./workbench.ts";

export const BASE = "/api/user";

/** The host: who asks is said by a header, which stands for a session. */
export const authenticate: HandlerOptions["authenticate"] = (request) => {
  const userId = request.headers.get("x-session");
  return userId === null ? null : { userId };
};

/** A request as a test writes it. */
export interface Ask {
  readonly body?: unknown;
  readonly text?: string | Uint8Array;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into it at will.
  readonly body: Problem & Readonly<Record<string, never>>;
}

/** Asks the handlers in the name of a user. */
export type Client = (method: string, path: string, ask?: Ask) => Promise<Answer>;

export function clientOf(handler: PreferencesHandler, user?: string): Client {
  return async (method, path, { body, text, type, headers = {} } = {}) => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const media = type ?? (method === "PATCH" ? "application/merge-patch+json" : "application/json");
    const response = await handler(
      new Request(`http://localhost${BASE}${path}`, {
        method,
        headers: { ...(user !== undefined && { "x-session": user }), ...(content !== undefined && { "content-type": media }), ...headers },
        ...(content !== undefined && { body: content as string }),
      }),
    );
    return readAnswer(response);
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const said = await response.text();
  return { status: response.status, headers: response.headers, body: (said === "" ? undefined : JSON.parse(said)) as Answer["body"] };
}

/** The handlers on an engine, a user, and the way to ask. */
export async function hostOn(
  kind: Kind,
  options: Partial<HandlerOptions> = {},
): Promise<{
  prefs: Preferences<typeof tradingPreferences>;
  handler: PreferencesHandler;
  user: string;
  ask: Client;
  as: (user: string) => Client;
}> {
  const { prefs } = await tradersOn(kind);
  const handler = createPreferencesHandler(prefs, { basePath: BASE, authenticate, ...options });
  const user = newUser();
  return { prefs, handler, user, ask: clientOf(handler, user), as: (other) => clientOf(handler, other) };
}
