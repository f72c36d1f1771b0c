// The body of a request, bounded while it arrives and checked before anything is made of it.
import type { z } from "zod";
import { pointerOf } from "../core/pointer.ts";
import { jsonProblem } from "../core/check-json.ts";
import type { Json } from "../core/json.ts";
import { readJson } from "../core/read-json.ts";
import type { MEDIA } from "../wire.ts";
import { ProblemError } from "./problem.ts";

/** What a body must be. */
export interface BodyRules {
  /** The media type. */
  readonly media: (typeof MEDIA)["json" | "mergePatch"];
  /** Bytes at most. */
  readonly maxBytes: number;
}

/** The JSON value of a body. Throws problems 400, 413, 415 and 422. */
export async function readBody(request: Request, { media, maxBytes }: BodyRules): Promise<Json> {
  checkMedia(request, media);
  const { value, problem } = readJson(await readText(request, maxBytes));
  if (problem === "number-inexact") throw inexact();
  if (problem !== undefined) throw new ProblemError(problem, DETAILS[problem]);
  const issue = jsonProblem(value);
  if (issue !== undefined) throw new ProblemError("value-rejected", `Nothing was changed: ${issue.message}.`, { issues: [issue] });
  return value;
}

const DETAILS = {
  "body-malformed": "Nothing was changed: send JSON text in UTF-8.",
  "body-duplicate-key": "Nothing was changed: send each key of an object once.",
  "body-too-deep": "Nothing was changed: nest objects and arrays 64 deep at most.",
};

/** A body of a known shape. Throws what `readBody` throws. */
export async function readShape<Schema extends z.ZodType>(request: Request, schema: Schema, rules: BodyRules): Promise<z.output<Schema>> {
  return shaped(schema, await readBody(request, rules));
}

/** A body of a known shape that may be left out. */
export async function readOptional<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  rules: BodyRules,
): Promise<z.output<Schema>> {
  if (request.body === null && !request.bodyUsed) return shaped(schema, {});
  const text = await readText(request, rules.maxBytes);
  if (text === "") return shaped(schema, {});
  return readShape(new Request(request.url, { method: request.method, headers: request.headers, body: text }), schema, rules);
}

function shaped<Schema extends z.ZodType>(schema: Schema, value: Json): z.output<Schema> {
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data;
  const issues = error.issues.map(({ path, message }) => ({ pointer: pointerOf(path.map(String)), message }));
  const places = issues.map(({ pointer, message }) => `${pointer === "" ? "the body" : pointer}: ${message}`);
  throw new ProblemError("value-rejected", `Nothing was changed: ${places.join("; ")}.`, { issues });
}

function checkMedia(request: Request, media: string): void {
  const given = (request.headers.get("Content-Type") ?? "").split(";");
  const charset = given
    .slice(1)
    .map((part) => part.trim().toLowerCase())
    .find((part) => part.startsWith("charset="));
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  const plain = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if ((given[0] ?? "").trim().toLowerCase() === media && plain && encoding === "identity") return;
  throw new ProblemError("unsupported-media-type", `Nothing was changed: send ${media}, in UTF-8 and not compressed.`, {
    headers: { [request.method === "PATCH" ? "Accept-Patch" : "Accept"]: media },
  });
}

/** A mistake of the host: somebody has read the body before the handler. */
export class BodyWasRead extends Error {
  constructor() {
    super("The body was read before the handler got the request: mount the handler before any body parser, such as express.json().");
  }
}

/** The text of a body. It is read no further than the limit, whatever its length claims to be. */
async function readText(request: Request, maxBytes: number): Promise<string> {
  if (request.bodyUsed)
    throw new Error("The body of this request was read before the handler got it: mount the handler before any body parser.");
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request.body)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return decoded(chunks, size);
}

// Not every runtime lets a stream be iterated.
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } catch (error) {
    if (error instanceof BodyWasRead) throw error;
    throw new ProblemError("bad-request", "Nothing was changed: the body broke off.");
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function decoded(chunks: readonly Uint8Array[], size: number): string {
  const bytes = new Uint8Array(size);
  let place = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, place);
    place += chunk.byteLength;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProblemError("body-malformed", DETAILS["body-malformed"]);
  }
}

function inexact(): ProblemError {
  const message = "a number has more digits than are kept: send it as text";
  return new ProblemError("value-rejected", `Nothing was changed: ${message}.`, { issues: [{ pointer: "", message }] });
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError("body-too-large", `Nothing was changed: send ${maxBytes} bytes at most.`);
}
