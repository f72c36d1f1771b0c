// A migrator's connection to a SQLite file. The lock is SQLite's own: it goes with the process. Who has it is written down beside.
import { ensureSchema, openSqliteOwner, scratchSqlite, sqlTokens, textLiteral, TOTALS_TRIGGER } from "@td/storage/internal";
import type { Connection, Schema, SqliteOwner } from "@td/storage/internal";
import { StorageError } from "@td/storage";
import type { AnyTable } from "@td/storage";
import { heldQuery, holdSql, lockSql, releaseSql, tableExists, writtenOf } from "./books.ts";
import type { Holder } from "./holder.ts";
import type { Session, TextRow } from "./session.ts";

/** Opens a file for a migrator. With `announce` it writes down who works, for those who wait. */
export async function openSqliteSession(file: string, holder: Holder, announce: boolean): Promise<Session> {
  return new SqliteSession(await openSqliteOwner(file), file, holder, announce);
}

class SqliteSession implements Session {
  readonly engine = "sqlite";
  readonly path: string;
  readonly #connection: Connection;
  readonly #end: () => void;
  readonly #file: string;
  readonly #holder: Holder;
  readonly #announce: boolean;
  #announced = false;

  constructor(owner: SqliteOwner, file: string, holder: Holder, announce: boolean) {
    this.#connection = owner.connection;
    this.#end = () => owner.close();
    this.path = owner.connection.path;
    this.#file = file;
    this.#holder = holder;
    this.#announce = announce;
  }

  async exec(sql: string): Promise<void> {
    this.#connection.exec(sql);
  }

  async rows(sql: string): Promise<readonly TextRow[]> {
    return this.#rows(sql);
  }

  async tryBegin(doing: string): Promise<boolean> {
    if (!this.#begin()) return false;
    if (this.#leasedByOther()) {
      this.#connection.exec("rollback");
      return false;
    }
    return this.#announce ? this.#writeDown(doing) : true;
  }

  async look(): Promise<void> {
    this.#connection.exec("begin");
  }

  async commit(): Promise<void> {
    this.#connection.exec("commit");
  }

  async rollback(): Promise<void> {
    if (this.#connection.inTransaction) this.#connection.exec("rollback");
  }

  async holder(): Promise<string> {
    const written = this.#written();
    return written === undefined ? "someone who writes to the database, no migrator" : written.words;
  }

  async make(schema: Schema): Promise<void> {
    ensureSchema(this.#connection, schema, { meant: true });
  }

  async forms(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return formsOf(this.#connection, tables);
  }

  async wall(): Promise<void> {}

  async isWalled(): Promise<boolean> {
    return true;
  }

  async newForms(_all: readonly AnyTable[], tables: readonly AnyTable[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const scratch = await scratchSqlite();
    try {
      for (const statement of tables.flatMap((table) => table.ddl("sqlite"))) scratch.exec(statement);
      return formsOf(
        scratch,
        tables.map(({ name }) => name),
      );
    } finally {
      scratch.close();
    }
  }

  async tables(): Promise<readonly string[]> {
    const own = `name like 'sqlite\\_%' escape '\\' or name like 'td\\_migration%' escape '\\' or name like 'td\\_hist\\_%' escape '\\'`;
    return this.#rows(`select name from sqlite_schema where type = 'table' and not (${own})`).map(([name]) => name ?? "");
  }

  async references(): Promise<readonly (readonly [string, string])[]> {
    const sql = `select distinct s.name, f."table" from sqlite_schema as s, pragma_foreign_key_list(s.name) as f where s.type = 'table'`;
    return this.#rows(sql).map(([from, to]) => [from ?? "", to ?? ""]);
  }

  async key(table: string): Promise<readonly string[]> {
    return this.#rows(`select name from pragma_table_info(${textLiteral(table)}) where pk > 0 order by pk`).map(([name]) => name ?? "");
  }

  async triggers(table: string): Promise<readonly string[]> {
    const sql = `select sql from sqlite_schema where type = 'trigger' and tbl_name = ${textLiteral(table)} order by name`;
    return this.#rows(sql).map(([text]) => text ?? "");
  }

  async orphans(tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(tables.flatMap((table) => this.#orphansOf(table)));
  }

  async lift(): Promise<readonly string[]> {
    return [];
  }

  async lower(): Promise<void> {}

  async hide(): Promise<void> {}

  async admit(): Promise<void> {}

  another(): Promise<Session> {
    return openSqliteSession(this.#file, this.#holder, false);
  }

  async close(): Promise<void> {
    try {
      if (this.#announced && this.#begin()) {
        this.#connection.exec(releaseSql(this.#holder.id));
        this.#connection.exec("commit");
      }
    } finally {
      this.#end();
    }
  }

  #rows(sql: string): readonly TextRow[] {
    return this.#connection.all(sql).map((row) => row.map((value) => (value === null ? null : String(value))));
  }

  #begin(): boolean {
    try {
      this.#connection.exec("begin immediate");
      return true;
    } catch (error) {
      if (error instanceof StorageError && error.code === "busy") return false;
      throw error;
    }
  }

  #written(): ReturnType<typeof writtenOf> {
    const there = this.#rows(tableExists("sqlite", "td_migration_lock")).length > 0;
    return there ? writtenOf(this.#rows(heldQuery("sqlite"))[0]) : undefined;
  }

  #leasedByOther(): boolean {
    const written = this.#written();
    return written !== undefined && written.lease && written.id !== this.#holder.id;
  }

  // Those who wait cannot see into an open transaction: written down and committed first.
  #writeDown(doing: string): boolean {
    const written = this.#written();
    if (written?.id === this.#holder.id && written.lease) return true;
    this.#connection.exec(lockSql("sqlite"));
    this.#connection.exec(holdSql("sqlite", this.#holder, doing, false));
    this.#connection.exec("commit");
    this.#announced = true;
    return this.#begin();
  }

  #orphansOf(table: string): readonly (readonly [string, number])[] {
    try {
      const sql = `select parent, count(*) from pragma_foreign_key_check(${textLiteral(table)}) group by parent`;
      return this.#rows(sql).map(([parent, count]) => [`${table} to ${parent ?? ""}`, Number(count)] as const);
    } catch (error) {
      // The table referred to lacks the key: whatever is there refers to nothing.
      if (error instanceof StorageError && error.code === "database-failed") return [[`${table} to a table without the key`, 1]];
      throw error;
    }
  }
}

function formsOf(connection: Connection, tables: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const forms = new Map<string, readonly string[]>();
  for (const table of tables) {
    const objects = connection.all(
      `select "type", "sql" from sqlite_schema where tbl_name = ? and "sql" is not null and "type" <> 'view' and not ("type" = 'trigger' and substr("name", 1, ${TOTALS_TRIGGER.length}) = '${TOTALS_TRIGGER}')`,
      [table],
    );
    if (objects.length > 0) forms.set(table, objects.flatMap(([type, sql]) => linesOf(String(type), String(sql))).sort());
  }
  return forms;
}

// The parts of a table stand in any order: an added column comes last, whatever its place in the declaration.
function linesOf(type: string, sql: string): readonly string[] {
  const tokens = sqlTokens(sql).map((token) => (/^["'`[]/.test(token) ? token : token.toLowerCase()));
  if (type !== "table") return [tokens.join(" ")];
  const open = tokens.indexOf("(");
  const parts: string[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(open)) {
    if (token === ")") depth--;
    if (token === "," && depth <= 1) parts.push([]);
    else if (!(token === "(" && depth === 0) && !(token === ")" && depth === 0)) parts.at(-1)?.push(token);
    else parts.push([]);
    if (token === "(") depth++;
  }
  return parts.filter((part) => part.length > 0).map((part) => part.join(" "));
}
