// Which route a path is.
import { ROUTES, type RouteName } from "../wire.ts";
import { ProblemError } from "./problem.ts";

/** A route, and what its path names. */
export interface Routed {
  /** The route. */
  readonly name: RouteName;
  /** What stands for `{…}`, decoded; empty for a path without. */
  readonly param: string;
}

const PATTERNS = (Object.keys(ROUTES) as RouteName[]).map((name) => ({ name, segments: ROUTES[name].path.split("/").slice(1) }));

/** The route of a path. Throws problems 400 and 404. */
export function routeOf(pathname: string, basePath: string): Routed {
  const inside = basePath === "" || pathname.startsWith(`${basePath}/`);
  const segments = inside ? pathname.slice(basePath.length).split("/").slice(1) : [];
  const found = PATTERNS.find((pattern) => fits(pattern.segments, segments));
  if (found === undefined)
    throw new ProblemError(
      "not-found",
      `There is no such path below ${basePath === "" ? "/" : basePath}, where the preferences are mounted.`,
    );
  const place = found.segments.findIndex((segment) => segment.startsWith("{"));
  return { name: found.name, param: place === -1 ? "" : decoded(segments[place] ?? "") };
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length && pattern.every((part, at) => (part.startsWith("{") ? segments[at] !== "" : part === segments[at]))
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ProblemError("bad-request", "The path is not percent-encoded UTF-8.");
  }
}

/** Passes when the route has the method; HEAD is asked wherever GET is. Throws problem 405. */
export function checkMethod(method: string, name: RouteName): void {
  const methods: readonly string[] = ROUTES[name].methods;
  const allowed = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  if (!allowed.includes(method)) {
    throw new ProblemError("method-not-allowed", `Ask this path with ${allowed.join(", ")}.`, { headers: { Allow: allowed.join(", ") } });
  }
}
