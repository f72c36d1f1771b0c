// The schemas that the kill test's processes share.
import { addColumn, c, createIndex, createTable, defineSchema, defineTable, rebuildTable, sql } from "@td/storage";
import type { ManagedSchema } from "@td/storage";
import { notesOne, notesThree, notesTwo, remarks } from "./migrator-support.ts";

const ROWS = 2000;

const notesFour = defineTable("notes", notesThree.columns, {
  primaryKey: ["userId", "id"],
  indexes: { by_title: ["userId", "title"], by_mood: ["userId", "mood"] },
  checks: notesThree.checks,
});

const seed = sql({
  does: `add ${ROWS} notes, each with a remark`,
  up: {
    sqlite: [
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${ROWS}) insert into notes select 'ada', 'n' || i, 'body ' || i from n`,
      `insert into remarks select 'ada', 'r' || id, id from notes`,
    ],
    postgres: [
      `insert into notes select 'ada', 'n' || i, 'body ' || i from generate_series(1, ${ROWS}) as i`,
      `insert into remarks select 'ada', 'r' || id, id from notes`,
    ],
  },
  down: ["delete from remarks", "delete from notes"],
  touches: ["notes", "remarks"],
});

/** Notes through every kind of step, one migration of them without a transaction. */
export const killSchema: ManagedSchema = defineSchema({
  name: "notes",
  tables: [notesFour, remarks],
  migrations: [
    { id: "0001-tables", up: [createTable(notesOne), createTable(remarks)] },
    { id: "0002-seed", up: [seed] },
    { id: "0003-mood", up: [addColumn("notes", { mood: c.oneOf("good", "bad").nullable() })] },
    { id: "0004-title", up: [rebuildTable(notesTwo, notesThree, { title: "'t ' || body" }, { body: "title" })] },
    {
      id: "0005-by-mood",
      transaction: false,
      up: [
        sql({
          does: "weigh",
          up: ["update notes set weight = null where id like 'n1%'", "update notes set weight = null where id like 'n2%'"],
          down: [],
          touches: ["notes"],
          destroys: [],
          repeatable: true,
        }),
        createIndex("notes", "by_mood", ["userId", "mood"], { concurrently: true }),
      ],
    },
  ],
});

/** A migration that takes two seconds or so, so that others must wait. */
export const slowSchema: ManagedSchema = defineSchema({
  name: "slow",
  migrations: [
    {
      id: "0001-slow",
      up: [
        sql({
          does: "take a while",
          up: {
            sqlite:
              "create table slow as with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select count(*) as c from n",
            postgres: ["create table slow (c int)", "select pg_sleep(2)"],
          },
        }),
      ],
    },
  ],
});

/** The schemas of the kills. */
export const killSchemas: readonly ManagedSchema[] = [killSchema];
