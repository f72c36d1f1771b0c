// Proves that what migrations made of a database is what a new one has, and only then says so in td_schema.
import type { AnyTable, ManagedSchema } from "@td/storage";
import { fingerprint, isStructural, ledgerInsert, textLiteral } from "@td/storage/internal";
import { judge, nameOf } from "../core/judge.ts";
import type { Judgement, Known } from "../core/judge.ts";
import { MigrateError } from "../errors.ts";
import { addEvent } from "./books.ts";
import { exists, formOf, setForm } from "./run-task.ts";
import type { Session } from "./session.ts";
import type { Work } from "./work.ts";

/** What is different between the tables of a database and those of a new one, a line per difference; tables that are not there are none. */
export async function differences(session: Session, schemas: readonly ManagedSchema[], schema: ManagedSchema): Promise<readonly string[]> {
  const all = [...new Set(schemas.slice(0, schemas.indexOf(schema) + 1).flatMap(({ tables }) => tables))];
  const [is, wanted] = [await session.forms(schema.tables.map(({ name }) => name)), await session.newForms(all, schema.tables)];
  return [...is].flatMap(([table, lines]) => {
    const target = wanted.get(table) ?? [];
    const [more, less] = [lines.filter((line) => !target.includes(line)), target.filter((line) => !lines.includes(line))];
    return [...more.map((line) => `${table} has ${line}`), ...less.map((line) => `${table} lacks ${line}`)];
  });
}

async function registered(session: Session): Promise<ReadonlyMap<string, string>> {
  if (!(await exists(session, "td_schema"))) return new Map();
  const rows = await session.rows(`select "name", "fingerprint" from "td_schema"`);
  return new Map(rows.map(([name, print]) => [name ?? "", print ?? ""]));
}

/** Whether td_schema says that all tables and views of a schema are there in their newest form. */
export async function isSettled(session: Session, { tables, views }: ManagedSchema): Promise<boolean> {
  if (!(await session.isWalled())) return false;
  const prints = await registered(session);
  const wanted = [
    ...tables.map((table) => [table.name, formOf(session, table)] as const),
    ...views.map((view) => [view.name, fingerprint(view.ddl(session.engine))] as const),
  ];
  return wanted.every(([name, print]) => prints.get(name) === print);
}

/** Makes what is absent of a schema of which all migrations have run, and writes down the forms. Throws `form-differs`. */
export async function settle(work: Pick<Work, "session" | "schemas">, schema: ManagedSchema): Promise<void> {
  const { session, schemas } = work;
  await session.wall();
  const found = await differences(session, schemas, schema);
  if (found.length > 0) throw formDiffers(schema, found);
  if (!(await exists(session, "td_schema"))) await session.make({ tables: [], views: [] });
  const absent: AnyTable[] = [];
  for (const table of schema.tables) {
    if (await exists(session, table.name)) await setForm(session, table.name, formOf(session, table));
    else absent.push(table);
  }
  for (const { name } of absent) await session.exec(`delete from "td_schema" where "name" = ${textLiteral(name)}`);
  await session.make({ tables: schema.tables, views: schema.views });
  await session.admit(schema.tables, schema.views);
}

/** Makes a schema of which the database has nothing, in its newest form, and records its migrations as created. */
export async function create(work: Work, schema: ManagedSchema): Promise<void> {
  const { session, by } = work;
  await session.make({ tables: schema.tables, views: schema.views, managed: [schema] });
  await session.admit(schema.tables, schema.views);
  await addEvent(session, by, "create", schema.name, `${schema.tables.length} tables, ${schema.views.length} views`);
}

function formDiffers({ name, migrations }: ManagedSchema, found: readonly string[]): MigrateError {
  const shown = found.slice(0, 5).join("; ");
  return new MigrateError(
    "form-differs",
    `After all ${migrations.length} migrations of ${name} its tables are not those of a new database, so nothing was kept of the last one: ${shown}${found.length > 5 ? ` and ${found.length - 5} more` : ""}. Either a migration is missing for a change of the declaration, or the tables were changed by hand.`,
    { facts: { schema: name, differences: found } },
  );
}

/** What a database without a record turns out to be, for a schema. */
export type Origin =
  /** It has nothing of the schema, which can be made new as it is. */
  | { readonly kind: "new" }
  /** It has these migrations, by its forms. */
  | { readonly kind: "found"; readonly has: readonly Known[]; readonly why: string }
  /** Nothing is to be found out: the migrations run from the first one, or there is a record. */
  | { readonly kind: "plain" };

/** What a database is, for a schema of which there is no record. Throws `unknown-form`. */
export async function originOf(session: Session, schemas: readonly ManagedSchema[], judgement: Judgement): Promise<Origin> {
  const { schema, known } = judgement;
  const recorded = known.some(({ entry }) => entry !== undefined);
  if (recorded || judgement.missing.length > 0 || schema.tables.length === 0) return { kind: "plain" };
  const there: string[] = [];
  for (const { name } of schema.tables) if (await exists(session, name)) there.push(name);
  if (there.length === 0) return { kind: isStructural(schema) ? "new" : "plain" };
  if (schema.migrations.length === 0) return { kind: "plain" };
  const prints = await registered(session);
  const at = known.findIndex(({ migration }) => {
    const before = Object.entries(migration.before?.[session.engine] ?? {});
    return before.length > 0 && before.every(([table, print]) => prints.get(table) === print);
  });
  const next = known[at];
  if (next !== undefined) return { kind: "found", has: known.slice(0, at), why: `td_schema has the forms from before ${nameOf(next)}` };
  const found = await differences(session, schemas, schema);
  if (found.length === 0 && isStructural(schema)) return { kind: "found", has: known, why: "the tables are those of a new database" };
  throw unknownForm(session.path, schema, found);
}

function unknownForm(path: string, { name, migrations }: ManagedSchema, found: readonly string[]): MigrateError {
  const example = migrations.at(-1)?.id ?? "";
  return new MigrateError(
    "unknown-form",
    `${path} has tables of ${name} but no record of its migrations, so it is not known which of them ran${found.length > 0 ? ` (${found.slice(0, 3).join("; ")})` : ""}. Say which was the last with baseline({ at: "${name}/${example}", reason }).`,
    { facts: { path, schema: name, differences: found } },
  );
}

/** Records migrations that a database was found to have. */
export async function recordFound({ session, by }: Work, schema: ManagedSchema, has: readonly Known[], why: string): Promise<void> {
  for (const known of has) {
    await session.exec(ledgerInsert(schema.name, known.migration, { how: "found", at: new Date().toISOString(), by, ms: 0 }));
    await addEvent(session, by, "found", nameOf(known), why);
  }
}

/** Where a schema would stand if it had these migrations. */
export function withFound({ schema, known }: Judgement, has: readonly Known[]): Judgement {
  const entries = has.map(({ schema: name, migration, checksum }) => ({
    schema: name,
    id: migration.id,
    seq: 0,
    checksum,
    canonical: "",
    how: "found" as const,
    state: "applied" as const,
    direction: null,
    statement: null,
    running: false,
    problem: null,
    at: "",
    by: "",
  }));
  const checksums = new Map(known.map(({ migration, checksum }) => [migration, checksum]));
  return judge(schema, entries, (migration) => checksums.get(migration) ?? "");
}
