// Every shape in which a browser, a session or the first API ever stored a trader's preferences.
import { fc, test as prop } from "@fast-check/vitest";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../src/core/json.ts";
import { openDocument } from "../src/core/open-document.ts";
import { readValue } from "../src/core/read-value.ts";
import { tradingPreferences } from "../src/trading.ts";

function today(document: JsonObject, schemaVersion: number): JsonObject {
  return openDocument(tradingPreferences, { schemaVersion, document, explicit: Object.keys(document) }).document;
}

// Texts of localStorage. What is on the right is all that is left.
test.each<[string, JsonObject, JsonObject]>([
  ["an empty browser", {}, {}],
  [
    "a browser of a year's use",
    {
      arise_disclosure_accepted_v1: "1",
      arise_universe: "NIFTY50",
      arise_risk: "Moderate",
      arise_modes: '{"Intraday":true,"Delivery":true}',
      arise_primary_mode: "Positional",
      arise_auxiliary_modes: '["Options"]',
      arise_dismissed_insights_v1: '{"hc|Swing|NIFTY50|2026-01-09T09:00:11Z":true}',
    },
    {
      disclosureAccepted: true,
      disclosureVersion: "v1",
      universe: "NIFTY50",
      riskProfile: "Moderate",
      tradingModes: { Intraday: true, Swing: true },
      primaryMode: "Swing",
      auxiliaryModes: ["Options"],
      arise_dismissed_insights_v1: '{"hc|Swing|NIFTY50|2026-01-09T09:00:11Z":true}',
    },
  ],
  ["plain text", { arise_market_region: "Global" }, { marketRegion: "Global" }],
  ["text with its quotes", { arise_universe: '"NIFTY500"' }, { universe: "NIFTY500" }],
  ["text that begins with a quote and ends without", { arise_universe: '"NIFTY500' }, { arise_universe: '"NIFTY500' }],
  ["an empty text", { arise_risk: "" }, { arise_risk: "" }],
  ["the name that a later writer used", { arise_risk_profile: '"Aggressive"' }, { riskProfile: "Aggressive" }],
  [
    "two names of one field: the first counts",
    { arise_risk: "Conservative", arise_risk_profile: '"Aggressive"' },
    { riskProfile: "Conservative" },
  ],
  [
    "two names, of which the first cannot be read",
    { arise_risk: "", arise_risk_profile: '"Aggressive"' },
    { arise_risk: "", riskProfile: "Aggressive" },
  ],
  ["a flag of a later writer", { arise_disclosure_accepted: "true" }, { disclosureAccepted: true, disclosureVersion: "v1" }],
  ["a flag that never counted", { arise_disclosure_accepted_v1: "true" }, { arise_disclosure_accepted_v1: "true" }],
  ["a flag that says no", { arise_disclosure_accepted_v1: "0" }, { arise_disclosure_accepted_v1: "0" }],
  ["modes under a later name", { arise_trading_modes: '{"Swing":true}' }, { tradingModes: { Swing: true } }],
  ["broken JSON", { arise_modes: '{"Intraday":tr' }, { arise_modes: '{"Intraday":tr' }],
  ["the JSON null", { arise_modes: "null", arise_auxiliary_modes: "null" }, {}],
  ["modes that are no flags", { arise_modes: '{"Intraday":"yes"}' }, { arise_modes: '{"Intraday":"yes"}' }],
  ["modes that are a list", { arise_modes: '["Intraday"]' }, { arise_modes: '["Intraday"]' }],
  ["an old mode that a new one has replaced", { arise_modes: '{"Delivery":true,"Swing":false}' }, { tradingModes: { Swing: false } }],
  ["an undocumented mode", { arise_modes: '{"Commodity":true}' }, { tradingModes: { Commodity: true } }],
  [
    "old names beside the primary mode",
    { arise_primary_mode: "Delivery", arise_auxiliary_modes: '["Swing","Options","Options","Positional"]' },
    { primaryMode: "Swing", auxiliaryModes: ["Options"] },
  ],
  ["a list with a number", { arise_auxiliary_modes: '["Options",1]' }, { arise_auxiliary_modes: '["Options",1]' }],
  [
    "keys that are not preferences",
    { arise_account_profile_v1: '{"name":"A"}', arise_picks: "{}" },
    { arise_account_profile_v1: '{"name":"A"}', arise_picks: "{}" },
  ],
  [
    "the memory of a session",
    { risk: "Aggressive", modes: { Delivery: true }, primary_mode: "Delivery", auxiliary_modes: ["Positional"] },
    { riskProfile: "Aggressive", tradingModes: { Swing: true }, primaryMode: "Swing", auxiliaryModes: [] },
  ],
])("version 0, %s", (_, document, expected) => {
  expect(today(document, 0)).toEqual(expected);
});

test.each<[string, JsonObject, JsonObject]>([
  [
    "a row of the first API",
    {
      disclosure_accepted: true,
      disclosure_version: "v1",
      universe: "NIFTY500",
      market_region: "India",
      risk_profile: "Moderate",
      trading_modes: { Intraday: false, Delivery: true, Options: false, Futures: false },
      primary_mode: "Delivery",
      auxiliary_modes: ["Positional", "Futures"],
    },
    {
      disclosureAccepted: true,
      disclosureVersion: "v1",
      universe: "NIFTY500",
      marketRegion: "India",
      riskProfile: "Moderate",
      tradingModes: { Intraday: false, Swing: true, Options: false, Futures: false },
      primaryMode: "Swing",
      auxiliaryModes: ["Futures"],
    },
  ],
  [
    "a row that was made without modes",
    { trading_modes: null, primary_mode: null, auxiliary_modes: null, universe: "NIFTY50" },
    { universe: "NIFTY50" },
  ],
  ["a list with a name that is no mode", { auxiliary_modes: ["Crypto", "Delivery"] }, { auxiliaryModes: ["Crypto", "Delivery"] }],
  [
    "both names of a field: today's stands, the old one stays",
    { risk_profile: "Moderate", riskProfile: "Aggressive" },
    { risk_profile: "Moderate", riskProfile: "Aggressive" },
  ],
])("version 1, %s", (_, document, expected) => {
  expect(today(document, 1)).toEqual(expected);
});

test("only what was chosen in an old shape is chosen in today's", () => {
  const document = { risk_profile: "Moderate", trading_modes: { Delivery: true }, universe: "NIFTY50", somethingNew: 1 };
  const open = openDocument(tradingPreferences, { schemaVersion: 1, document, explicit: ["somethingNew", "trading_modes"] });
  expect(open.explicit).toEqual(["somethingNew", "tradingModes"]);
});

const NAMES = [
  "universe",
  "risk",
  "modes",
  "risk_profile",
  "trading_modes",
  "tradingModes",
  "primary_mode",
  "primaryMode",
  "auxiliary_modes",
  "auxiliaryModes",
];
const ARISE = [
  "arise_universe",
  "arise_risk",
  "arise_risk_profile",
  "arise_modes",
  "arise_primary_mode",
  "arise_auxiliary_modes",
  "arise_disclosure_accepted_v1",
];
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((json) => json as Json),
  fc.jsonValue({ maxDepth: 3 }).map((json) => JSON.stringify(json)),
  fc.constantFrom<Json>(
    "Delivery",
    "Positional",
    '"Swing"',
    "1",
    '{"Delivery":true}',
    '["Delivery"]',
    { Delivery: true },
    { Delivery: null },
    ["Delivery", 1],
  ),
);
const anything = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES, ...ARISE, "disclosure_accepted", "__proto__"), fc.string()), value), { maxLength: 8 })
  .map((entries): JsonObject => Object.fromEntries(entries));

prop.prop([anything, fc.constantFrom(0, 1)])(
  "the steps take every object, and what nobody knows comes out as it was",
  (document, version) => {
    const made = today(document, version);
    const known = [...NAMES, ...ARISE, "disclosure_accepted"];
    for (const [name, content] of Object.entries(document)) {
      if (!known.includes(name) && !Object.hasOwn(tradingPreferences.schema.shape, name))
        expect(Object.entries(made)).toContainEqual([name, content]);
    }
    const { value: shown } = readValue(tradingPreferences, made);
    expect(tradingPreferences.schema.safeParse(shown).success).toBe(true);
  },
);

prop.prop([anything])("migrating what is of today changes nothing", (document) => {
  const made = today(document, 0);
  expect(today(made, 2)).toBe(made);
  expect(today(made, 1)).toEqual(made);
});
