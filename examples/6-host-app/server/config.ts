import type { Clock } from "./clock.ts";

/** How the host is run. */
export interface HostConfig {
  /** Folder for all that it keeps: `user_data/` (databases, old files) and `backups/`. Made when missing. */
  readonly folder: string;
  /** Folder with the built page. Default none: only the API is served. */
  readonly site?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  /** `postgres://OWNER:PASSWORD@HOST/DATABASE`, the role that owns the tables. Default: a SQLite file in the folder. */
  readonly databaseUrl?: string;
  /** PostgreSQL: the role that the host works with; made when absent. Roles belong to the whole server. Default `td_host`. */
  readonly appRole?: string;
  /** Signs the session cookie. Default: new at each start, which signs everybody out. */
  readonly sessionSecret?: string;
  /** Whom backups are sealed for (age recipients). Default none: archives are not encrypted. */
  readonly backupRecipients?: readonly string[];
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Milliseconds between two rounds of a running service. Default 3000. */
  readonly roundMs?: number;
  /** Milliseconds that a phase of the migration must last at least. Default 0, which only a demonstration should have. */
  readonly phaseMs?: number;
}
