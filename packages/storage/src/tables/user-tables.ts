// The tables of the stories, and the repositories that a scope has over them.
import type { Repository } from "../repository.ts";
import type { Session } from "../session.ts";
import { accounts } from "./accounts.ts";
import { botDecisions } from "./bot-decisions.ts";
import { botStateSnapshots } from "./bot-state-snapshots.ts";
import { bots } from "./bots.ts";
import { fills } from "./fills.ts";
import { holdings } from "./holdings.ts";
import { orders } from "./orders.ts";
import { pnlDaily } from "./pnl-daily.ts";
import { positions } from "./positions.ts";
import { serviceLogs, serviceStatus, serviceTaskExecutions } from "./services.ts";
import { signals } from "./signals.ts";
import { trades } from "./trades.ts";
import { userSettings } from "./user-settings.ts";
import { users } from "./users.ts";

/** The tables in an order in which each stands after those it refers to. */
export const userTables = [
  users,
  accounts,
  bots,
  fills,
  orders,
  positions,
  trades,
  holdings,
  signals,
  botDecisions,
  botStateSnapshots,
  pnlDaily,
  userSettings,
  serviceStatus,
  serviceTaskExecutions,
  serviceLogs,
] as const;

/** A user's rows, table by table. */
export interface UserRepositories {
  /** What is known of the user: at most one row, under the key `{}`. */
  readonly profile: Repository<typeof users>;
  /** The accounts. */
  readonly accounts: Repository<typeof accounts>;
  /** The bots. */
  readonly bots: Repository<typeof bots>;
  /** The fills. */
  readonly fills: Repository<typeof fills>;
  /** The orders. */
  readonly orders: Repository<typeof orders>;
  /** The trades, as bots booked them. */
  readonly trades: Repository<typeof trades>;
  /** The positions, open and closed. */
  readonly positions: Repository<typeof positions>;
  /** What the user holds now. */
  readonly holdings: Repository<typeof holdings>;
  /** The signals. */
  readonly signals: Repository<typeof signals>;
  /** The decisions of bots. */
  readonly decisions: Repository<typeof botDecisions>;
  /** The snapshots of bots. */
  readonly snapshots: Repository<typeof botStateSnapshots>;
  /** Profit by day, as a source booked it. */
  readonly pnlDaily: Repository<typeof pnlDaily>;
  /** The settings. */
  readonly settings: Repository<typeof userSettings>;
}

/** The repositories of a session. */
export function userRepositories(session: Session): UserRepositories {
  return {
    profile: session.repository(users),
    accounts: session.repository(accounts),
    bots: session.repository(bots),
    fills: session.repository(fills),
    orders: session.repository(orders),
    trades: session.repository(trades),
    positions: session.repository(positions),
    holdings: session.repository(holdings),
    signals: session.repository(signals),
    decisions: session.repository(botDecisions),
    snapshots: session.repository(botStateSnapshots),
    pnlDaily: session.repository(pnlDaily),
    settings: session.repository(userSettings),
  };
}
