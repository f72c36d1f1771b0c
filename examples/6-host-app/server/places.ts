// Where things lie below the host's folder.
import { join } from "node:path";
import { userData } from "@td/backup";

/** The paths of a host. */
export interface Places {
  /** The tree that is backed up. */
  readonly data: ReturnType<typeof dataOf>;
  /** The SQLite file, when that is the engine. */
  readonly database: string;
  /** Where archives go: beside the tree, never in it. */
  readonly backups: string;
  /** The bot's old trade log of a user. */
  tradeLog(user: string): string;
  /** What a user was worth, day by day, in a CSV file. */
  equity(user: string): string;
  /** What the exchange says was executed for a user. */
  exchange(user: string): string;
  /** A user's price alerts, from before there was a table. */
  alerts(user: string): string;
}

const dataOf = (root: string) => userData(root, { directories: { databases: "databases", legacy: "legacy" } });

/** The paths below a folder. */
export function placesOf(folder: string): Places {
  const data = dataOf(join(folder, "user_data"));
  const legacy = (user: string, name: string): string => join(data.path("legacy"), user, name);
  return {
    data,
    database: data.path("databases", "host.db"),
    backups: join(folder, "backups"),
    tradeLog: (user) => legacy(user, "trade_records.jsonl"),
    equity: (user) => legacy(user, "equity.csv"),
    exchange: (user) => legacy(user, "exchange_fills.jsonl"),
    alerts: (user) => legacy(user, "price_alerts.json"),
  };
}
