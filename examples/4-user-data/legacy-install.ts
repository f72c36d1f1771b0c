// An installation as the story finds it: credentials, databases, preferences and state within the code tree.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const USER = "users/user_0001";

/** Writes such an installation; returns the directory of its data. Nothing in it is a real secret. */
export function writeLegacyInstall(place: string): string {
  const data = join(place, "backend/data");
  const files: Readonly<Record<string, string>> = {
    [`${USER}/credentials/kalshi-credentials/prod/kalshi-auth.txt`]:
      "email:somebody@example.org\nkey:00000000-0000-4000-8000-000000000000\n",
    [`${USER}/credentials/kalshi-credentials/demo/kalshi-auth.pem`]: "-----BEGIN EXAMPLE-----\nnot a key\n-----END EXAMPLE-----\n",
    [`${USER}/credentials/kalshi-credentials/demo/.env`]: "KALSHI_EMAIL=somebody@example.org\n",
    [`${USER}/preferences/trade_preferences.json`]:
      '{"auto_stop":true,"auto_entry":false,"diff_mode":false,"position_size":1,"multiplier":1}',
    [`${USER}/preferences/auto_stop_settings.json`]: '{"current_probability":25,"min_ttc_seconds":60}',
    [`${USER}/accounts/kalshi/prod/fills.json`]: '{"fills":[]}',
    [`${USER}/account_mode_state.json`]: '{"mode":"prod"}',
    [`${USER}/user_info.json`]: '{"user_id":"0001","account_type":"user"}',
    "port_config.json": '{"main_app":3000,"trade_manager":4000}',
    "README.txt": "code and data lived here together\n",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(data, path)), { recursive: true });
    writeFileSync(join(data, path), text);
  }
  chmodSync(join(data, `${USER}/credentials/kalshi-credentials/prod/kalshi-auth.txt`), 0o644);
  makeBook(join(data, `${USER}/trade_history/trades.db`), 1000);
  makeBook(join(data, `${USER}/active_trades/active_trades.db`), 3);
  return data;
}

/** A book of double entries: the sum of all amounts is 0. */
export function makeBook(path: string, pairs: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode=WAL; CREATE TABLE trades (id INTEGER PRIMARY KEY, account TEXT NOT NULL, cents INTEGER NOT NULL); BEGIN",
  );
  const insert = database.prepare("INSERT INTO trades (account, cents) VALUES ('position', ?), ('cash', ?)");
  for (let pair = 1; pair <= pairs; pair++) insert.run(pair, -pair);
  database.exec("COMMIT");
  database.close();
}
