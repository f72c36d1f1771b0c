// A migrator's connection to PostgreSQL, as the owner of the tables. Nothing of it outlives a transaction: settings are local, the lock is the
// transaction's, so that a pooler may hand each transaction to another server process.
import {
  connectOnce,
  grants,
  makeSchema,
  makeScopeWall,
  protect,
  provisionLock,
  SCOPE_USER,
  standsScopeWall,
  SYSTEM_POLICY,
  systemGrants,
  textLiteral,
  TOTALS_TRIGGER,
} from "@td/storage/internal";
import type { PostgresConnection, Schema } from "@td/storage/internal";
import type { AnyTable, View } from "@td/storage";
import { heldQuery, tableExists, writtenOf } from "./books.ts";
import type { Holder } from "./holder.ts";
import type { Session, TextRow } from "./session.ts";

/** Milliseconds that a statement of a migration waits for a table that the application uses. */
const TABLE_WAIT_MS = 30_000;

/** Connects as the owner for a migrator. */
export async function openPostgresSession(url: string, schema: string, holder: Holder): Promise<Session> {
  return new PostgresSession(await connectOnce(url, schema), url, schema, holder);
}

class PostgresSession implements Session {
  readonly engine = "postgres";
  readonly path: string;
  readonly #connection: PostgresConnection;
  readonly #url: string;
  readonly #schema: string;
  readonly #holder: Holder;
  #open = false;

  constructor(connection: PostgresConnection, url: string, schema: string, holder: Holder) {
    this.#connection = connection;
    this.path = connection.path;
    this.#url = url;
    this.#schema = schema;
    this.#holder = holder;
  }

  async exec(sql: string): Promise<void> {
    await this.#connection.command(sql);
  }

  async rows(sql: string): Promise<readonly TextRow[]> {
    return (await this.#connection.command(sql)).rows;
  }

  async tryBegin(doing: string): Promise<boolean> {
    await this.#begin();
    await this.exec(`set local application_name = ${textLiteral(`td migrate ${this.#holder.by}, ${doing}`.slice(0, 60))}`);
    const free = (await this.rows(`select pg_try_advisory_xact_lock(${provisionLock})`))[0]?.[0] === "t";
    if (free && !(await this.#leasedByOther())) return true;
    await this.rollback();
    return false;
  }

  async look(): Promise<void> {
    await this.#begin();
  }

  async commit(): Promise<void> {
    this.#open = false;
    await this.exec("commit");
  }

  async rollback(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#connection.alive) await this.exec("rollback");
  }

  async holder(): Promise<string> {
    const rows = await this.rows(HOLDER);
    const [name, pid, since] = rows[0] ?? [];
    if (rows.length > 0) return `${name ?? ""} (server process ${pid ?? ""}), since ${since ?? ""}`;
    return (await this.#written())?.words ?? "nobody any more";
  }

  async make(schema: Schema): Promise<void> {
    await makeSchema(this.#connection, schema, { meant: true });
  }

  async wall(): Promise<void> {
    await makeScopeWall(this.#connection);
  }

  async isWalled(): Promise<boolean> {
    return standsScopeWall(this.#connection);
  }

  async forms(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const wanted = tables.map((name) => `(${textLiteral(name)})`).join(", ");
    if (wanted === "") return new Map();
    const rows = await this.rows(formsQuery(wanted));
    const forms = new Map<string, string[]>();
    for (const [table, line] of rows) forms.set(table ?? "", [...(forms.get(table ?? "") ?? []), this.#bare(line ?? "")]);
    return new Map([...forms].map(([table, lines]) => [table, lines.sort()]));
  }

  // Made as temporary tables, which every role may make and no other session sees, and taken back at once.
  async newForms(all: readonly AnyTable[], tables: readonly AnyTable[]): Promise<ReadonlyMap<string, readonly string[]>> {
    await this.exec("savepoint td_scratch");
    try {
      await this.exec("set local search_path = pg_temp");
      // What a policy reads by name; the database may have none yet.
      await this.exec(`create view "${SCOPE_USER}" as select ''::text as "user_id"`);
      await this.exec(all.flatMap((table) => [...table.ddl("postgres"), ...protect(table)]).join(";\n"));
      return await this.forms(tables.map(({ name }) => name));
    } finally {
      if (this.#connection.alive) await this.exec("rollback to td_scratch; release td_scratch");
    }
  }

  async tables(): Promise<readonly string[]> {
    const own = `c.relname like 'td\\_migration%' or c.relname like 'td\\_hist\\_%'`;
    const rows = await this.rows(
      `select c.relname from pg_class c where c.relnamespace = to_regnamespace(quote_ident(${textLiteral(this.#schema)})) and c.relkind in ('r', 'p') and not (${own})`,
    );
    return rows.map(([name]) => name ?? "");
  }

  async references(): Promise<readonly (readonly [string, string])[]> {
    const rows = await this.rows(`select distinct c.relname, r.relname from pg_constraint k join pg_class c on c.oid = k.conrelid
      join pg_class r on r.oid = k.confrelid where k.contype = 'f' and c.relnamespace = to_regnamespace(quote_ident(${textLiteral(this.#schema)}))`);
    return rows.map(([from, to]) => [from ?? "", to ?? ""]);
  }

  async key(table: string): Promise<readonly string[]> {
    const rows = await this.rows(`select a.attname from pg_index i cross join unnest(i.indkey) with ordinality as u(attnum, place)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum
      where i.indisprimary and i.indrelid = to_regclass(quote_ident(${textLiteral(table)})) order by u.place`);
    return rows.map(([name]) => name ?? "");
  }

  async triggers(): Promise<readonly string[]> {
    return [];
  }

  async orphans(): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  async lift(tables: readonly string[]): Promise<readonly string[]> {
    const forced: string[] = [];
    for (const table of tables) if (await this.#isForced(table)) forced.push(table);
    for (const table of forced) await this.exec(`alter table "${table}" no force row level security`);
    return forced;
  }

  async lower(tables: readonly string[]): Promise<void> {
    for (const table of new Set(tables)) {
      const there = (await this.rows(tableExists("postgres", table))).length > 0;
      if (there) await this.exec(`alter table "${table}" force row level security`);
    }
  }

  async hide(table: string): Promise<void> {
    await this.exec(`revoke all on "${table}" from public`);
    await this.exec(`alter table "${table}" enable row level security`);
  }

  async admit(tables: readonly AnyTable[], views: readonly View[]): Promise<void> {
    const system = (await this.rows(SYSTEM_ROLES)).map(([role]) => role ?? "");
    const roles = (await this.rows(APP_ROLES)).map(([role]) => role ?? "").filter((role) => !system.includes(role));
    const schema = { tables, views };
    const statements = [
      ...roles.flatMap((role) => grants(schema, this.#schema, role)),
      ...system.flatMap((role) => systemGrants(schema, this.#schema, role)),
    ];
    // The use of the schema was given when the role was provisioned, maybe by someone else than the owner of the tables.
    const given = statements.filter((statement) => !/^grant usage|then\s+end if/.test(statement));
    if (given.length > 0) await this.exec(given.join(";\n"));
  }

  another(): Promise<Session> {
    return openPostgresSession(this.#url, this.#schema, this.#holder);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #begin(): Promise<void> {
    await this.exec("begin");
    this.#open = true;
    await this.exec(`set local search_path = "${this.#schema}", pg_temp`);
    // A statement that row level security would show only some rows fails instead.
    await this.exec("set local row_security = off");
    await this.exec(`set local lock_timeout = ${TABLE_WAIT_MS}`);
  }

  async #written(): Promise<ReturnType<typeof writtenOf>> {
    if ((await this.rows(tableExists("postgres", "td_migration_lock"))).length === 0) return undefined;
    return writtenOf((await this.rows(heldQuery("postgres")))[0]);
  }

  async #leasedByOther(): Promise<boolean> {
    const written = await this.#written();
    return written !== undefined && written.lease && written.id !== this.#holder.id;
  }

  async #isForced(table: string): Promise<boolean> {
    const sql = `select relforcerowsecurity from pg_class where oid = to_regclass(quote_ident(${textLiteral(table)}))`;
    return (await this.rows(sql))[0]?.[0] === "t";
  }

  #bare(line: string): string {
    return line
      .replaceAll(/\bpg_temp(_\d+)?\./g, "")
      .replaceAll(`${this.#schema}.`, "")
      .replaceAll(`"${this.#schema}".`, "");
  }
}

const HOLDER = `select a.application_name, a.pid, a.xact_start from pg_locks l join pg_stat_activity a on a.pid = l.pid,
  (select ${provisionLock} as key) as k
where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = ((k.key >> 32) & 4294967295)::oid and l.objid = (k.key & 4294967295)::oid and l.objsubid = 1`;

const APP_ROLES = `select distinct r.rolname from pg_class c cross join aclexplode(c.relacl) as g join pg_roles r on r.oid = g.grantee
where c.oid = to_regclass('td_schema') and g.privilege_type = 'SELECT' and g.grantee <> c.relowner`;

const SYSTEM_ROLES = `select distinct r.rolname from pg_policy p join pg_class c on c.oid = p.polrelid cross join unnest(p.polroles) as o(role)
join pg_roles r on r.oid = o.role where p.polname = '${SYSTEM_POLICY}' and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass('td_schema'))`;

function formsQuery(wanted: string): string {
  return `with t as (select w.name, to_regclass(quote_ident(w.name)) as oid from (values ${wanted}) as w(name))
select t.name, 'table ' || c.relkind::text || ' rows secured ' || c.relrowsecurity::text || ' from the owner too ' || c.relforcerowsecurity::text
  from t join pg_class c on c.oid = t.oid
union all
select t.name, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
    || coalesce(' collate ' || l.collname, '') || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || ' ' || a.attidentity::text || a.attgenerated::text
  from t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_collation l on l.oid = a.attcollation and l.collname <> 'default' left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union all
select t.name, 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' not valid' end
  from t join pg_constraint k on k.conrelid = t.oid and k.contype <> 'n'
union all
select t.name, pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else ' invalid' end from t join pg_index i on i.indrelid = t.oid
union all
select t.name, 'policy ' || p.polname || ' ' || p.polcmd::text || p.polpermissive::text || ' ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' check '
    || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
  from t join pg_policy p on p.polrelid = t.oid and p.polname <> '${SYSTEM_POLICY}'
union all
select t.name, pg_get_triggerdef(g.oid) from t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal and not starts_with(g.tgname, '${TOTALS_TRIGGER}')`;
}
