// What a user may choose about the page. Shared with the browser: pure, free of Node.
import { definePreferences } from "@td/prefs";
import { z } from "zod";

/** The preferences of this host. */
export const hostPreferences = definePreferences({
  version: 1,
  schema: z.object({
    /** `system` follows the device. */
    theme: z.enum(["system", "light", "dark"]),
    /** IANA zone in which days begin. */
    zone: z.string().min(1).max(60),
  }),
  defaults: { theme: "system", zone: "UTC" },
  migrations: { 0: (document) => document },
});
