// Price alerts, while they move from a JSON file to a table. The host reads and writes this one store, whatever the phase.
import { dualWrite, importRejectsOf, jsonFileStore, repositoryStore, sameDecimal, type DualWrite } from "@td/migrate";
import type { Scope } from "@td/storage";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import { TRADE_LOG } from "./imports.ts";
import type { Places } from "./places.ts";
import { priceAlerts } from "./tables.ts";

/** What a client may send. */
export const alertSchema = z.object({
  id: z.string().min(1).max(60),
  symbol: z.string().regex(/^[A-Z0-9]{1,15}-[A-Z]{3,5}$/),
  direction: z.enum(["above", "below"]),
  /** Decimal text. */
  price: z.string().regex(/^(?=.*[1-9])\d{1,15}(\.\d{1,8})?$/),
  note: z.string().max(200).default(""),
});

/** A price alert. */
export type Alert = z.output<typeof alertSchema>;

/** The alerts of a user, on both sides of their migration. `phaseMs`: how long a phase must last at least. */
export function alertsOf(me: Scope, places: Places, clock: Clock, phaseMs: number): DualWrite<Alert> {
  const next = repositoryStore(me, priceAlerts, {
    fromRow: ({ id, symbol, direction, price, note }): Alert => ({ id, symbol, direction, price: price.toFixed(), note }),
  });
  return dualWrite<Alert>({
    name: "price-alerts",
    legacy: jsonFileStore<Alert>(places.alerts(me.userId), { at: "alerts", key: "id", numbers: ["price"] }),
    next,
    control: me,
    canonical: { price: sameDecimal() },
    // The host's own rule: nothing is switched while a record of the user's history waits for somebody to look at it.
    gates: { minTimeMs: phaseMs, rejects: importRejectsOf(TRADE_LOG) },
    now: () => clock.now(),
  });
}
