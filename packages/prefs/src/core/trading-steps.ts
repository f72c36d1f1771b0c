// The historical shapes of the traders' preferences, and the steps between them. Total: what cannot be read stays where it is, under its old name.
import { isJsonObject, own, type Json, type JsonObject } from "./json.ts";

/** What a field is read as; `undefined` when the value is none of it, `null` when it says that nothing was chosen. */
type Read = (value: Json) => Json | null | undefined;

interface Source {
  /** Names under which a field was stored, the first that can be read counts. */
  readonly names: readonly string[];
  readonly field: string;
  readonly read: Read;
}

/** A flag was `1`, later the JSON `true`; any other text never counted as accepted. */
const flag: Read = (value) => (value === "1" || value === true ? true : undefined);
/** A later writer put JSON text where the first one put plain text: `"NIFTY500"` with its quotes. */
const text: Read = (value) => {
  if (typeof value !== "string" || value === "") return undefined;
  if (!value.startsWith('"')) return value;
  const inner = parsed(value);
  return typeof inner === "string" && inner !== "" ? inner : undefined;
};
const json =
  (isIt: (value: Json) => boolean): Read =>
  (value) => {
    const inner = typeof value === "string" ? parsed(value) : value;
    return inner === null || (inner !== undefined && isIt(inner)) ? inner : undefined;
  };
const flags = json((value) => isJsonObject(value) && Object.values(value).every((on) => typeof on === "boolean"));
const names = json((value) => Array.isArray(value) && value.every((name) => typeof name === "string"));

function parsed(value: string): Json | undefined {
  try {
    return JSON.parse(value) as Json;
  } catch {
    return undefined;
  }
}

const SOURCES: readonly Source[] = [
  { field: "universe", names: ["universe", "arise_universe"], read: text },
  { field: "market_region", names: ["market_region", "arise_market_region"], read: text },
  { field: "risk_profile", names: ["risk_profile", "arise_risk", "arise_risk_profile", "risk"], read: text },
  { field: "trading_modes", names: ["trading_modes", "arise_modes", "arise_trading_modes", "modes"], read: flags },
  { field: "primary_mode", names: ["primary_mode", "arise_primary_mode"], read: text },
  { field: "auxiliary_modes", names: ["auxiliary_modes", "arise_auxiliary_modes"], read: names },
];

/**
 * From what no version wrote to the fields of the first API. What no version wrote is a record of texts as browsers stored them, or the memory of a
 * session on the server, or a row of the API. Text that cannot be read stays under its name.
 */
export function namesOfTheApi(document: JsonObject): JsonObject {
  return acceptanceOfTheApi(SOURCES.reduce(readInto, document));
}

function readInto(document: JsonObject, { names: from, field, read }: Source): JsonObject {
  const reads = from.flatMap((name) => {
    const value = own(document, name);
    const content = value === undefined ? undefined : read(value);
    return content === undefined ? [] : [{ name, content }];
  });
  const chosen = reads.find(({ content }) => content !== null)?.content;
  const rest = without(
    document,
    reads.map(({ name }) => name),
  );
  return chosen === undefined || chosen === null ? rest : with1(rest, field, chosen);
}

/** `_v1` in the name of the browser's flag is the version of the text. */
function acceptanceOfTheApi(document: JsonObject): JsonObject {
  const api = own(document, "disclosure_accepted");
  if (api !== undefined) return document;
  const name = ["arise_disclosure_accepted_v1", "arise_disclosure_accepted"].find((from) => {
    const value = own(document, from);
    return value !== undefined && flag(from.endsWith("_v1") ? value : (json((inner) => inner === true)(value) ?? value)) === true;
  });
  if (name === undefined) return document;
  return with1(with1(without(document, [name]), "disclosure_accepted", true), "disclosure_version", "v1");
}

const RENAMED: Readonly<Record<string, string>> = {
  disclosure_accepted: "disclosureAccepted",
  disclosure_version: "disclosureVersion",
  market_region: "marketRegion",
  risk_profile: "riskProfile",
  trading_modes: "tradingModes",
  primary_mode: "primaryMode",
  auxiliary_modes: "auxiliaryModes",
};
const MODES = ["Scalping", "Intraday", "Swing", "Options", "Futures", "Commodity"];
const OLD_MODES: Readonly<Record<string, string>> = { Delivery: "Swing", Positional: "Swing" };

/** From the fields of the first API to today's: names in camelCase, and `Delivery` and `Positional` are `Swing`. Null in a row of the API meant nothing chosen. */
export function modesOfToday(document: JsonObject): JsonObject {
  const named = Object.entries(document).flatMap(([name, value]): (readonly [string, Json])[] => {
    const field = Object.hasOwn(RENAMED, name) ? RENAMED[name] : undefined;
    if (field === undefined) return [[name, value]];
    return value === null || Object.hasOwn(document, field) ? (value === null ? [] : [[name, value]]) : [[field, value]];
  });
  const renamed = Object.fromEntries(named);
  return [modes, primary, auxiliary].reduce((made, step) => step(made), renamed);
}

function modes(document: JsonObject): JsonObject {
  const given = own(document, "tradingModes");
  if (!isJsonObject(given) || own(given, "Delivery") === undefined) return document;
  const swing = own(given, "Swing") ?? own(given, "Delivery") ?? false;
  return with1(document, "tradingModes", with1(without(given, ["Delivery"]), "Swing", swing));
}

function primary(document: JsonObject): JsonObject {
  const given = own(document, "primaryMode");
  return typeof given === "string" && Object.hasOwn(OLD_MODES, given)
    ? with1(document, "primaryMode", OLD_MODES[given] ?? given)
    : document;
}

/** Each mode once; the primary mode is not beside itself. A list with a name that is no mode is left whole. */
function auxiliary(document: JsonObject): JsonObject {
  const given = own(document, "auxiliaryModes");
  if (!Array.isArray(given)) return document;
  const today = given.map((name: Json) => (typeof name === "string" && Object.hasOwn(OLD_MODES, name) ? (OLD_MODES[name] ?? name) : name));
  if (!today.every((name) => typeof name === "string" && MODES.includes(name))) return document;
  return with1(
    document,
    "auxiliaryModes",
    [...new Set(today)].filter((name) => name !== own(document, "primaryMode")),
  );
}

function with1(document: JsonObject, field: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(document).filter(([name]) => name !== field), [field, value]]);
}

function without(document: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !fields.includes(name)));
}
