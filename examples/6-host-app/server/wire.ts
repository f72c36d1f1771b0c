// How values leave the host: decimals as exact text, never as a JSON number and never as `1e-7`.
import type { Context } from "hono";
import { Decimal } from "decimal.js";

/** A value with its decimals as text. */
function wire(value: unknown): unknown {
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (Array.isArray(value)) return value.map(wire);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wire(part)]));
}

/** Answers with JSON. */
export function send(context: Context, value: unknown, status: 200 | 201 = 200): Response {
  return context.body(JSON.stringify(wire(value)), status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
}
