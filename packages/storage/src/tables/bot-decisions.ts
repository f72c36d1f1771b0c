// What a bot's model was asked and what it answered. The source gives no id: bot and time are the identity.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";

/** The decisions of bots. */
export const botDecisions = defineTable(
  "bot_decisions",
  {
    /** The user. */
    userId: c.text(),
    /** The bot. */
    botId: c.text(),
    /** When it decided. */
    at: c.instant(),
    /** What the model was asked. */
    prompt: c.text(),
    /** What it answered: a list of actions with their reasons. */
    decisions: c.json(),
    /** What the bot noted while it acted on it. */
    notes: c.json<readonly string[]>().nullable(),
    /** Whether it could be acted on; false when a note says otherwise. */
    succeeded: c.bool(),
    /** Why not; null when it could. */
    error: c.text().nullable(),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** Where the row came from; not part of its content. */
    source: c.text().assigned().default(""),
  },
  {
    primaryKey: ["userId", "botId", "at"],
    clustered: false,
    indexes: { by_time: ["userId", "at", "botId"] },
    foreignKeys: [{ columns: ["userId", "botId"], references: "bots", to: ["userId", "id"] }],
  },
);

/** A decision as read. */
export interface BotDecisionRow extends RowOf<typeof botDecisions> {}

/** A decision as given. */
export interface BotDecisionInput extends InputOf<typeof botDecisions> {}
