// What goes wrong, as an answer (RFC 9457).
import { StorageError } from "@td/storage";
import { PrefsError } from "../errors.ts";
import { HEADERS, MEDIA, PROBLEMS, type Conflict, type Issue, type Problem, type ProblemCode } from "../wire.ts";

const TITLES: Readonly<Record<ProblemCode, string>> = {
  "bad-request": "The request is not usable",
  "body-malformed": "The body is not JSON",
  "body-duplicate-key": "An object in the body has a key twice",
  "body-too-deep": "The body is nested too deep",
  "not-authenticated": "Nobody is signed in",
  "not-found": "There is nothing here",
  "method-not-allowed": "This method is not for this path",
  "field-conflict": "The same fields have been changed meanwhile",
  "schema-too-new": "A newer version wrote these preferences",
  "client-too-old": "The client is older than the server",
  "other-account": "Another user is signed in",
  "import-conflict": "Another import has this name",
  "revision-conflict": "It has been changed meanwhile",
  "body-too-large": "The body is too large",
  "unsupported-media-type": "The body has a media type that is not taken here",
  "value-rejected": "The value is refused",
  "precondition-required": "The request must say what it replaces",
  "rate-limited": "Too many requests",
  internal: "The server failed",
  unavailable: "The database does not answer now",
};

/** What a problem may have beside its code and detail. */
export interface ProblemFacts {
  readonly issues?: readonly Issue[];
  readonly conflict?: Conflict;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Carries an answer of status 400 and above out of the work on a request. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, detail: string, facts: ProblemFacts = {}) {
    super(detail);
    this.code = code;
    this.facts = facts;
  }
}

/** The answer to a request that came to nothing. What the host should look into, and nobody else see, is left out of it. */
export function problemResponse(error: unknown): Response {
  const { code, message, facts } = asProblem(error);
  const { headers, ...rest } = facts;
  const status = PROBLEMS[code];
  const body: Problem = { type: `urn:td:problem:${code}`, title: TITLES[code], status, detail: message, code, ...rest };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": MEDIA.problem, "Cache-Control": "no-store", ...headers },
  });
}

/** Whether an error is the server's own fault, and nothing that a client did. */
export function isFailure(error: unknown): boolean {
  return PROBLEMS[asProblem(error).code] >= 500;
}

function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof PrefsError) return ofPrefs(error);
  if (error instanceof StorageError && error.retryable) {
    return new ProblemError("unavailable", "Nothing was changed. Ask again in a second.", { headers: { [HEADERS.retryAfter]: "1" } });
  }
  if (error instanceof StorageError && error.code === "value-rejected") {
    return new ProblemError("value-rejected", "Nothing was changed: the database refuses a value.", {
      issues: [{ pointer: "", message: "refused by the database" }],
    });
  }
  return new ProblemError("internal", "The server could not answer. It is not the request's fault.");
}

function ofPrefs(error: PrefsError): ProblemError {
  const { code, message, issues, conflict } = error;
  if (code === "definition-invalid" || code === "migration-failed")
    return new ProblemError("internal", "The stored preferences cannot be read by this version.");
  const etag = conflict === undefined ? {} : { headers: { [HEADERS.etag]: conflict.current.etag } };
  return new ProblemError(code, message, { ...(issues.length > 0 && { issues }), ...(conflict !== undefined && { conflict }), ...etag });
}
