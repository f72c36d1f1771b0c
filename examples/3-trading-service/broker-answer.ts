// What the broker answered when an order was placed: the id is under one of six names, at the top or under `data`; or it is an error.
import { z } from "zod";

/** An answer as the files keep it; null when there was none. */
export const brokerAnswer = z.unknown().optional();

const ID_NAMES = ["nOrdNo", "neoOrdNo", "orderId", "order_id", "OrdId", "ordId"];

/** The broker's id in an answer; `null` when it has none. */
export function brokerId(answer: unknown): string | null {
  const places = [fieldsOf(answer), fieldsOf(fieldsOf(answer)["data"])];
  const id = places.flatMap((place) => ID_NAMES.map((name) => place[name])).find((one) => typeof one === "string" && one !== "");
  return typeof id === "string" ? id : null;
}

/** What the broker said when it refused; `null` when it did not. */
export function refusal(answer: unknown): string | null {
  const { error, errors } = fieldsOf(answer);
  const said = error ?? errors;
  if (said === undefined || said === null) return null;
  return typeof said === "string" ? said : JSON.stringify(said);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}
