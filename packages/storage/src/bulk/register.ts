// What SQLite cannot do by itself: the functions that td's own connections bring along for digests.
import { hash } from "node:crypto";
import type { Database } from "../sqlite/driver.ts";
import { jsonbText } from "./jsonb-text.ts";

/** Gives a connection `td_sha256(text)`, 64 hex digits, and `td_jsonb_text(json)`, the text that PostgreSQL writes for it. */
export function registerDigests(database: Database): void {
  const options = { deterministic: true, directOnly: true };
  database.function("td_sha256", options, (text: unknown) => hash("sha256", typeof text === "string" ? text : ""));
  database.function("td_jsonb_text", options, (text: unknown) => (typeof text === "string" ? jsonbText(text) : null));
}
