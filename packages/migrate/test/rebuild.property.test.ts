// Any form of a table is brought to any other one and back: each time its form is that of a new table, and no row or carried value is lost.
import { c, createTable, defineSchema, defineTable, rebuildTable, type AnyTable, type Column } from "@td/storage";
import { columnName, decimalCodec, unfilled } from "@td/storage/internal";
import fc from "fast-check";
import { expect, test } from "vitest";
import { downTo, place, upConfirmed } from "./migrator-support.ts";
import { depth, KINDS, type Kind } from "./workbench.ts";

const plain: readonly Column[] = [
  c.text(),
  c.int(),
  c.bool(),
  c.json(),
  c.instant(),
  c.oneOf("x", "y"),
  c.oneOf("x", "y", "z"),
  c.decimal(10, 2),
  c.decimal(20, 4),
  c.decimal(30, 4),
];
const column = fc.tuple(fc.constantFrom(...plain), fc.boolean()).map(([kind, nullable]) => (nullable ? kind.nullable() : kind));
const names = ["alpha", "betaTwo", "gamma", "delta"] as const;
const form = fc.record({
  columns: fc.record(Object.fromEntries(names.map((name) => [name, column])), { requiredKeys: [] }),
  index: fc.subarray([...names]),
  unique: fc.boolean(),
  clustered: fc.boolean(),
  check: fc.boolean(),
  reference: fc.boolean(),
});
type Form = typeof form extends fc.Arbitrary<infer F> ? F : never;

let number = 0;

function tableOf(name: string, { columns, index, unique, clustered, check, reference }: Form): AnyTable {
  const given = columns as Readonly<Record<string, Column>>;
  const key = ["userId", ...index.filter((each) => given[each] !== undefined && given[each].definition.kind !== "json"), "id"];
  return defineTable(name, { userId: c.text(), id: c.text(), parentId: c.text().nullable(), ...given }, {
    primaryKey: ["userId", "id"],
    clustered,
    ...(unique ? { unique: { of: key } } : { indexes: { of: key } }),
    checks: check ? { id_set: { anyPresent: ["id", "parentId"] } } : {},
    foreignKeys: reference ? [{ columns: ["userId", "parentId"], references: name, to: ["userId", "id"] }] : [],
  } as never);
}

const stored = (precision: number, scale: number): string => {
  const text = decimalCodec(precision, scale).encode("-12.34");
  return typeof text === "string" ? text : "";
};

/** A constant of a column, as SQL. */
function constant(kind: Kind, { definition }: Column): string {
  switch (definition.kind) {
    case "text":
      return "'t'";
    case "int":
      return "7";
    case "bool":
      return kind === "sqlite" ? "1" : "true";
    case "json":
      return "'{}'";
    case "instant":
      return kind === "sqlite" ? "0" : "'epoch'";
    case "oneOf":
      return "'x'";
    case "decimal":
      return kind === "sqlite" ? `'${stored(definition.precision, definition.scale)}'` : "-12.34";
  }
}

const expressions = (from: AnyTable, to: AnyTable): Record<string, Record<Kind, string>> =>
  Object.fromEntries(
    unfilled(from, to).map((property) => {
      const target = to.columns[property] ?? c.text();
      return [property, { sqlite: constant("sqlite", target), postgres: constant("postgres", target) }];
    }),
  );

test.each(KINDS)("on %s any form of a table leads to any other one and back, with all rows", { timeout: 600_000 }, async (kind) => {
  const at = await place(kind);
  const trip = async (one: Form, two: Form): Promise<void> => {
    const name = `t${++number}`;
    const [before, after] = [tableOf(name, one), tableOf(name, two)];
    const migrations = [
      { id: "0001-make", up: [createTable(before)] },
      { id: "0002-change", up: [rebuildTable(before, after, expressions(before, after), expressions(after, before))] },
    ];
    const [first, both] = [
      at.migrator([defineSchema({ name, tables: [before], migrations: migrations.slice(0, 1) })]),
      at.migrator([defineSchema({ name, tables: [after], migrations })]),
    ];
    await first.up();
    const properties = Object.entries(before.columns);
    const values = (id: string): string =>
      properties
        .map(([property, each]) =>
          property === "userId" ? "'ada'" : property === "id" ? `'${id}'` : property === "parentId" ? "null" : constant(kind, each),
        )
        .join(", ");
    const columns = properties.map(([property]) => `"${columnName(property)}"`).join(", ");
    for (const id of ["a", "b"]) await at.run(`insert into "${name}" (${columns}) values (${values(id)})`);
    const all = `select ${columns} from "${name}" order by id`;
    const rows = await at.run(all);

    await upConfirmed(both);
    expect(await both.verify()).toEqual([]);
    expect(await at.run(`select id from "${name}" order by id`)).toEqual([["a"], ["b"]]);
    await downTo(both, `${name}/0001-make`);
    await first.up();
    expect(await first.verify()).toEqual([]);
    expect(await at.run(all)).toEqual(rows);
  };
  await fc.assert(fc.asyncProperty(form, form, trip), { numRuns: kind === "sqlite" ? depth(15, 1000) : depth(4, 200) });
});
