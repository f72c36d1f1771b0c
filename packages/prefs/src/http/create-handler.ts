// The handlers: one function from a request to an answer, which knows no framework, no session and no process.
import type { Preferences } from "../server/create-preferences.ts";
import type { PreferencesDefinition } from "../core/define-preferences.ts";
import { storable } from "../core/check-json.ts";
import { HEADERS, type RouteName } from "../wire.ts";
import type { Call } from "./call.ts";
import { dismissedRoute, dismissRoute } from "./dismissed-route.ts";
import { importRoute } from "./import-route.ts";
import { historyRoute, preferencesRoute } from "./preferences-route.ts";
import { isFailure, ProblemError, problemResponse } from "./problem.ts";
import { checkMethod, routeOf, type Routed } from "./route.ts";
import { watchlistCheckRoute, watchlistItemRoute, watchlistRoute } from "./watchlist-route.ts";

/** Who asks. */
export interface Identity {
  /** Whose preferences are asked for: 1 to 200 characters. */
  readonly userId: string;
  /** Who is put on record with a change; default the user. For support staff who act for a user. */
  readonly actor?: string;
  /**
   * What pages call the user, when they send it in `Td-Account`, as td's own client does: a request that names another is refused, because it comes from
   * a page of somebody who has signed out. Default `userId`.
   */
  readonly account?: string;
}

/** What the host's rate limit is asked about. */
export interface RateLimitRequest {
  /** The user. */
  readonly userId: string;
  /** The route. */
  readonly route: RouteName;
  /** The method. */
  readonly method: string;
}

/** What the host's rate limit says. */
export type RateLimitAnswer =
  | { readonly ok: true }
  | { readonly ok: false; /** Whole seconds to wait. */ readonly retryAfterSeconds: number };

/** How the handlers are mounted. */
export interface HandlerOptions {
  /** Path that the routes stand below, as the client writes it: `/api/user`. Empty for none. */
  readonly basePath: string;
  /** Says who asks, or null for nobody: 401. The host's own session; it must not read the body. A program that leaves it out answers 401 to everybody. */
  readonly authenticate: (request: Request) => Identity | null | Promise<Identity | null>;
  /** Asked once for each request of a known user; default no limit. */
  readonly rateLimit?: (request: RateLimitRequest) => RateLimitAnswer | Promise<RateLimitAnswer>;
  /** Bytes that a body may have, 1 to 10,000,000; default 65536. An import, which is made once, may have sixteen times as many. */
  readonly maxBodyBytes?: number;
  /** Told about every answer of status 500 and above, with the error; default nobody. The answer says nothing of it. */
  readonly onError?: (error: unknown, request: Request) => void;
}

/** Answers a request. Never rejects. */
export type PreferencesHandler = (request: Request) => Promise<Response>;

/**
 * The handlers of preferences, for any framework that has `Request` and `Response`.
 *
 * Throws `TypeError` for a `basePath` that does not begin with a slash or ends with one, and for a `maxBodyBytes` out of its range.
 */
export function createPreferencesHandler<Definition extends PreferencesDefinition>(
  prefs: Preferences<Definition>,
  options: HandlerOptions,
): PreferencesHandler {
  const { basePath, maxBodyBytes = 65_536, onError } = options;
  if (basePath !== "" && !/^(?:\/[^/?#]+)+$/.test(basePath))
    throw new TypeError(`basePath is a path such as /api/user, without a slash at its end: not ${basePath}`);
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 1 || maxBodyBytes > 10_000_000)
    throw new TypeError("maxBodyBytes is an integer from 1 to 10,000,000");
  return async (request) => {
    try {
      const answer = await answerTo(prefs, request, { ...options, maxBodyBytes });
      return request.method === "HEAD" ? new Response(null, { status: answer.status, headers: answer.headers }) : answer;
    } catch (error) {
      if (isFailure(error)) report(onError, error, request);
      const answer = problemResponse(error);
      return request.method === "HEAD" ? new Response(null, { status: answer.status, headers: answer.headers }) : answer;
    }
  };
}

function report(onError: HandlerOptions["onError"], error: unknown, request: Request): void {
  try {
    onError?.(error, request);
  } catch {
    // A listener that fails changes no answer.
  }
}

async function answerTo(
  prefs: Preferences,
  request: Request,
  options: HandlerOptions & { readonly maxBodyBytes: number },
): Promise<Response> {
  const identity = await identify(request, options);
  checkAccount(request, identity);
  const url = new URL(request.url);
  const route = routeOf(url.pathname, options.basePath);
  checkMethod(request.method, route.name);
  await checkRate(options, { userId: identity.userId, route: route.name, method: request.method });
  const by = { actor: identity.actor ?? identity.userId, ...requestIdOf(request) };
  const call: Call = { prefs, request, url, userId: identity.userId, route, maxBytes: options.maxBodyBytes, by };
  return handle(route, call);
}

function handle({ name }: Routed, call: Call): Promise<Response> {
  switch (name) {
    case "preferences":
      return preferencesRoute(call);
    case "history":
      return historyRoute(call);
    case "watchlist":
      return watchlistRoute(call);
    case "watchlistItem":
      return watchlistItemRoute(call);
    case "watchlistCheck":
      return watchlistCheckRoute(call);
    case "dismissed":
      return dismissedRoute(call);
    case "dismiss":
      return dismissRoute(call);
    case "import":
      return importRoute(call);
  }
}

/** Who asks. Without an answer of the host nobody does: a host that forgot to say fails closed. */
async function identify(request: Request, { authenticate }: HandlerOptions): Promise<Identity> {
  const given: unknown = typeof authenticate === "function" ? await authenticate(request) : null;
  const { userId, actor, account } = (given ?? {}) as Partial<Identity>;
  if (isName(userId) && (actor === undefined || isName(actor))) {
    return { userId, ...(actor !== undefined && { actor }), ...(account !== undefined && { account }) };
  }
  throw new ProblemError("not-authenticated", "Sign in, then ask again.");
}

/** Passes when the page was made for the user who is signed in, or does not say for whom. */
function checkAccount({ headers }: Request, { userId, account = userId }: Identity): void {
  const named = headers.get(HEADERS.account);
  if (named === null || named === encodeURIComponent(account)) return;
  throw new ProblemError("other-account", "Nothing was read or changed: another user is signed in. Load the page anew.");
}

function isName(text: unknown): text is string {
  return typeof text === "string" && text.length > 0 && text.length <= 200 && storable(text);
}

async function checkRate({ rateLimit }: HandlerOptions, request: RateLimitRequest): Promise<void> {
  const answer = (await rateLimit?.(request)) ?? { ok: true };
  if (answer.ok) return;
  const seconds = String(Math.max(1, Math.ceil(answer.retryAfterSeconds) || 1));
  throw new ProblemError("rate-limited", `Wait ${seconds} seconds, then ask again.`, { headers: { [HEADERS.retryAfter]: seconds } });
}

function requestIdOf({ headers }: Request): { readonly requestId?: string } {
  const id = headers.get(HEADERS.requestId);
  return id === null || !/^[\x21-\x7e]{1,100}$/.test(id) ? {} : { requestId: id };
}
