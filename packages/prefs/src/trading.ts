// The preferences of a trading front end, ready to use: the fields of `userPreferences`, their defaults, and every shape they were ever stored in.
// Runs in browsers and on servers alike.
import { z } from "zod";
import { definePreferences, type ValueOf } from "./core/define-preferences.ts";
import { modesOfToday, namesOfTheApi } from "./core/trading-steps.ts";

const mode = z.enum(["Scalping", "Intraday", "Swing", "Options", "Futures", "Commodity"]);

const schema = z.object({
  /** Whether the disclosure was accepted. Once true, always true. */
  disclosureAccepted: z.boolean(),
  /** Which version of it; empty for none. */
  disclosureVersion: z.string().max(20),
  /** The list of instruments that is looked at. */
  universe: z.enum(["NIFTY50", "BANKNIFTY", "NIFTY100", "NIFTY500"]),
  /** The market. */
  marketRegion: z.enum(["India", "Global"]),
  /** How much may be risked. */
  riskProfile: z.enum(["Aggressive", "Moderate", "Conservative"]),
  /** The modes that are switched on; others that a program knows may stand beside them. */
  tradingModes: z.looseObject({
    Scalping: z.boolean(),
    Intraday: z.boolean(),
    Swing: z.boolean(),
    Options: z.boolean(),
    Futures: z.boolean(),
    Commodity: z.boolean(),
  }),
  /** The mode that is shown first. */
  primaryMode: mode,
  /** The modes that are shown beside it. */
  auxiliaryModes: z.array(mode).max(20),
});

/**
 * Version 0 is what no version wrote: the texts that browsers stored under `arise_*`, or the memory of a session. Version 1 has the names of the first
 * API, version 2 today's.
 */
export const tradingPreferences = definePreferences({
  version: 2,
  schema,
  defaults: {
    disclosureAccepted: false,
    disclosureVersion: "",
    universe: "NIFTY50",
    marketRegion: "India",
    riskProfile: "Moderate",
    tradingModes: { Scalping: false, Intraday: false, Swing: true, Options: false, Futures: false, Commodity: false },
    primaryMode: "Swing",
    auxiliaryModes: [],
  },
  migrations: { 0: namesOfTheApi, 1: modesOfToday },
  rules: { acceptances: [{ name: "disclosure", accepted: "disclosureAccepted", version: "disclosureVersion" }] },
});

/** The effective preferences of a trader. */
export type TradingPreferences = ValueOf<typeof tradingPreferences>;
