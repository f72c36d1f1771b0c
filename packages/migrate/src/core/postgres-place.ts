// A PostgreSQL URL, checked before any driver sees it: a driver that cannot read one throws it, password and all.
import { MigrateError } from "../errors.ts";

/** The server and the database of a URL: what may stand in a message. `who` names the caller there. Throws `invalid-option`, without the URL. */
export function postgresPlace(who: string, url: string): string {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  const scheme = parsed?.protocol === "postgres:" || parsed?.protocol === "postgresql:";
  if (parsed !== null && scheme && !parsed.host.includes(",") && isDecodable(parsed)) return `postgres://${parsed.host}${parsed.pathname}`;
  throw new MigrateError(
    "invalid-option",
    `${who}: give a URL such as postgres://ROLE:PASSWORD@HOST:5432/DATABASE, with one host, and a % in it written as %25.`,
  );
}

/** A driver decodes each part: `%pw` cannot be. */
function isDecodable({ username, password, pathname, hostname }: URL): boolean {
  try {
    return [username, password, pathname, hostname].map(decodeURIComponent).length > 0;
  } catch {
    return false;
  }
}
