// The API of the browser tests: the real handlers on a real SQLite file. Sessions are a cookie.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "@td/storage";
import { z } from "zod";
import {
  createPreferences,
  createPreferencesHandler,
  definePreferences,
  type PreferencesDefinition,
  type PreferencesHandler,
  prefsTables,
} from "../src/index.ts";
import { defaults } from "./browser-page.ts";

const mode = z.enum(["Intraday", "Swing", "Options"]);

const testPreferences = definePreferences({
  version: 1,
  schema: z.object({
    universe: z.enum(["NIFTY50", "BANKNIFTY"]),
    risk: z.enum(["Aggressive", "Moderate", "Conservative"]),
    modes: z.looseObject({ Swing: z.boolean() }),
    auxiliary: z.array(mode),
    accepted: z.boolean(),
  }),
  defaults,
  migrations: { 0: (document) => document },
});

/** A running API. */
export interface Api {
  readonly handler: PreferencesHandler;
  /** The changes on record of a user: for each area, how many. */
  readonly changesOf: (user: string) => Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** Opens a database of its own and mounts the handlers below `/api/user`. */
export async function startApi(definition: PreferencesDefinition = testPreferences): Promise<Api> {
  const folder = mkdtempSync(join(tmpdir(), "td-prefs-browser-"));
  const storage = await openStorage(`sqlite:${join(folder, "prefs.db")}`, { tables: prefsTables });
  const preferences = createPreferences(definition, { storage });
  const handler = createPreferencesHandler(preferences, {
    basePath: "/api/user",
    authenticate: (request) => {
      const userId = /\buser=(\w+)/.exec(request.headers.get("Cookie") ?? "")?.[1];
      return userId === undefined ? null : { userId };
    },
  });
  return {
    handler,
    changesOf: async (user) => {
      const counts: Record<string, number> = {};
      for await (const { area } of preferences.history(user)) counts[area] = (counts[area] ?? 0) + 1;
      return counts;
    },
    close: async () => {
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}
