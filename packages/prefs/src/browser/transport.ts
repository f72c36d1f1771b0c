// One request and what its answer means. Never rejects.
import type { Problem, ProblemCode } from "../wire.ts";
import type { Connection } from "./contract.ts";

/** What came back. */
export type Answer<Body> =
  | { readonly kind: "ok"; readonly status: number; readonly body: Body }
  /** The server answered, and refuses this request. */
  | { readonly kind: "refused"; readonly status: number; readonly problem: Problem }
  /** Not now: the connection says why, `waitMs` how long to wait when the server said so. */
  | { readonly kind: "later"; readonly connection: Connection; readonly waitMs?: number };

/** A request below the base address. */
export interface Call {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes requests. */
export type Send = <Body>(call: Call) => Promise<Answer<Body>>;

/** Makes the sender. Anything that is not an answer of the handlers (a proxy's page, a captive portal) counts as not reached. */
export function sender(
  baseUrl: string,
  schemaVersion: number,
  timeoutMs: number,
  account: string,
  fetch: (url: string, init: RequestInit) => Promise<Response>,
): Send {
  return async <Body>({ method, path, body, headers }: Call): Promise<Answer<Body>> => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    try {
      const response = await fetch(baseUrl + path, {
        method,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          "Td-Schema-Version": String(schemaVersion),
          "Td-Account": encodeURIComponent(account),
          ...(body === undefined ? {} : { "Content-Type": type }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await meaning<Body>(response, method);
    } catch {
      return { kind: "later", connection: "offline" };
    }
  };
}

async function meaning<Body>(response: Response, method: Call["method"]): Promise<Answer<Body>> {
  const { status } = response;
  const type = response.headers.get("Content-Type") ?? "";
  if (status === 204 || status === 304) return { kind: "ok", status, body: undefined as Body };
  if (response.ok && type.startsWith("application/json")) return { kind: "ok", status, body: (await response.json()) as Body };
  if (status === 401) return { kind: "later", connection: "signed-out" };
  if (!type.startsWith("application/problem+json")) return { kind: "later", connection: "offline" };
  const problem = (await response.json()) as Problem;
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const wait = seconds >= 0 ? { waitMs: seconds * 1000 } : {};
  if (status === 429) return { kind: "later", connection: "waiting", ...wait };
  if (status >= 500) return { kind: "later", connection: "offline", ...wait };
  if (problem.code === "other-account") return { kind: "later", connection: "signed-out" };
  if (problem.code === "not-found" && method !== "GET") return { kind: "later", connection: "offline" }; // the handlers are not there, or not yet
  if (TOO_OLD.includes(problem.code)) return { kind: "later", connection: "outdated" };
  return { kind: "refused", status, problem };
}

const TOO_OLD: readonly ProblemCode[] = ["client-too-old", "schema-too-new"];
