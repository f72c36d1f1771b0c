// A user's bots: what each is, not how it does. How it does is in its trades and snapshots.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";
import { computed } from "./amounts.ts";

/** The bots. */
export const bots = defineTable(
  "bots",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** What the user calls it. */
    name: c.text(),
    /** What it is told to do; default empty. */
    prompt: c.text().default(""),
    /** Who runs its model (`gemini`, `grok`); null for none. */
    provider: c.text().nullable(),
    /** Whether it trades on paper or with money; default paper. A source's `real` is `broker`. */
    mode: c.oneOf("paper", "broker").default("paper"),
    /** Money it began with, in the quote currency. */
    initialBalance: computed().nullable(),
    /** The markets it may trade, a list of symbols; null for all. */
    symbols: c.json<readonly string[]>().nullable(),
    /** Until when it leaves each symbol alone, as the source has it. */
    cooldowns: c.json().nullable(),
    /** A summary of its past that goes into its prompts. */
    historySummary: c.text().nullable(),
    /** A picture: a URL, also a `data:` one. */
    avatar: c.text().nullable(),
    /** False once it is retired: a bot with trades is not deleted. */
    active: c.bool().default(true),
    /** Whether it rests for now. */
    paused: c.bool().default(false),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** When it was made; null when not known. */
    createdAt: c.instant().nullable(),
    /** When the source last changed it; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Grows with each update here; not part of the content. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "id"], newerBy: "updatedAt", clustered: false },
);

/** A bot as read. */
export interface BotRow extends RowOf<typeof bots> {}

/** A bot as given. */
export interface BotInput extends InputOf<typeof bots> {}
