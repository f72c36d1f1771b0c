// What a migrator tells, and how a person sets its record right.
import { createHash } from "node:crypto";
import { ledgerInsert, textLiteral } from "@td/storage/internal";
import { firstDifference, nameOf } from "../core/judge.ts";
import type { Judgement, Known, LedgerEntry } from "../core/judge.ts";
import { canonicalMigration } from "@td/storage/internal";
import { MigrateError } from "../errors.ts";
import { addEvent, changeRecord, dropHistoryTable, readEvents, readHistory, readLedger, removeRecord } from "./books.ts";
import type { HistoryRecord } from "./books.ts";
import type {
  BaselineRequest,
  HistoryTable,
  MigrationEvent,
  MigrationState,
  MigrationStatus,
  RepairRequest,
  SchemaProblem,
} from "./contract.ts";
import { countOf, exists } from "./run-task.ts";
import { differences } from "./settle.ts";
import { targetOf } from "./tasks.ts";
import { standing } from "./work.ts";
import type { Work } from "./work.ts";

/** Where each migration stands. */
export async function statusOf(work: Work): Promise<readonly MigrationStatus[]> {
  const all = await standing(work);
  const names = new Set(work.schemas.map(({ name }) => name));
  const strangers = (await readLedger(work.session)).filter(({ schema }) => !names.has(schema));
  return [
    ...all.flatMap((judgement) => judgement.known.map((known) => statusLine(judgement, known))),
    ...[...all.flatMap(({ missing }) => missing), ...strangers].map((entry) => missingLine(entry)),
  ];
}

function statusLine(judgement: Judgement, known: Known): MigrationStatus {
  const { entry, migration } = known;
  const detail =
    judgement.changed.includes(known) && entry !== undefined ? firstDifference(entry.canonical, canonicalMigration(migration)) : null;
  return {
    migration: nameOf(known),
    state: stateOf(judgement, known),
    how: entry?.how ?? null,
    at: entry?.at ?? null,
    by: entry?.by ?? null,
    statement: entry?.statement ?? null,
    unsure: entry?.state === "partial" && entry.running,
    detail: detail ?? entry?.problem ?? null,
  };
}

function stateOf({ changed, partial, late }: Judgement, known: Known): MigrationState {
  if (changed.includes(known)) return "changed";
  if (partial.includes(known)) return "partial";
  if (late.includes(known)) return "late";
  return known.entry === undefined ? "pending" : "applied";
}

function missingLine({ schema, id, how, at, by, statement }: LedgerEntry): MigrationStatus {
  return { migration: `${schema}/${id}`, state: "missing", how, at, by, statement, unsure: false, detail: null };
}

/** What is not as it should be. */
export async function verifyAll(work: Work): Promise<readonly SchemaProblem[]> {
  const problems: SchemaProblem[] = [];
  for (const judgement of await standing(work)) {
    const { schema, changed, missing, late, partial, pending } = judgement;
    problems.push(
      ...changed.map((known) => ({ what: nameOf(known), problem: changedWords(known) })),
      ...missing.map(({ id }) => ({ what: `${schema.name}/${id}`, problem: "is on record, and the given schemas do not have it" })),
      ...late.map((known) => ({ what: nameOf(known), problem: "has not run, and a younger one has" })),
      ...partial.map((known) => ({ what: nameOf(known), problem: `stopped at statement ${known.entry?.statement ?? 1}` })),
    );
    if (pending.length > 0 || partial.length > 0) continue;
    for (const { name } of schema.tables) if (!(await exists(work.session, name))) problems.push({ what: name, problem: "is not there" });
    for (const line of await differences(work.session, work.schemas, schema)) {
      const [table = "", ...rest] = line.split(" ");
      problems.push({ what: table, problem: rest.join(" ") });
    }
  }
  return problems;
}

function changedWords({ entry, migration }: Known): string {
  const difference = entry === undefined ? null : firstDifference(entry.canonical, canonicalMigration(migration));
  return `ran in another form than now: ${difference ?? "its checksum was made in another way"}`;
}

/** Sets the record of one migration right. */
export async function repairRecord(work: Work, { migration: name, as, reason }: RepairRequest): Promise<void> {
  const { session, by } = work;
  const why = checkedReason(reason);
  const [schema = "", id = ""] = name.split("/");
  const entry = (await readLedger(session)).find((each) => each.schema === schema && each.id === id);
  if (entry === undefined) throw invalid(`${name} is not on record`);
  const known = (await standing(work))
    .flatMap((judgement) => judgement.known)
    .find((each) => each.entry?.schema === schema && each.entry.id === id);
  switch (as) {
    case "unchanged": {
      if (known === undefined || known.checksum === entry.checksum) throw invalid(`${name} is not one that changed`);
      const canonical = textLiteral(canonicalMigration(known.migration));
      await changeRecord(session, schema, id, { checksum: textLiteral(known.checksum), canonical });
      break;
    }
    case "statement-done":
    case "statement-undone": {
      if (entry.state !== "partial" || !entry.running) throw invalid(`${name} did not stop during a statement`);
      const statement = String((entry.statement ?? 1) + (as === "statement-done" ? 1 : 0));
      await changeRecord(session, schema, id, { statement, running: "0" });
      break;
    }
    case "forget": {
      if (known !== undefined) throw invalid(`${name} is one of the given migrations`);
      await removeRecord(session, schema, id);
      break;
    }
  }
  await addEvent(session, by, "repair", name, `${as}: ${why}`);
}

/** Records migrations without running them. */
export async function recordBaseline(work: Work, { at, reason }: BaselineRequest): Promise<void> {
  const { session, by, schemas } = work;
  const why = checkedReason(reason);
  const { schema, id } = targetOf(schemas, at);
  const judgement = (await standing(work)).find((each) => each.schema === schema);
  const recorded = judgement?.known.some(({ entry }) => entry !== undefined) === true || (judgement?.missing.length ?? 0) > 0;
  if (recorded) throw invalid(`${schema.name} is on record already: a baseline begins a record`);
  const last = schema.migrations.findIndex((migration) => migration.id === id);
  for (const migration of schema.migrations.slice(0, last + 1)) {
    await session.exec(ledgerInsert(schema.name, migration, { how: "baseline", at: new Date().toISOString(), by, ms: 0 }));
  }
  await addEvent(session, by, "baseline", at, why);
}

function checkedReason(reason: string): string {
  if (typeof reason === "string" && reason.trim() !== "" && reason.length <= 2000) return reason;
  throw invalid("the record is changed with a reason of 1 to 2000 characters");
}

function invalid(what: string): MigrateError {
  return new MigrateError("invalid-option", `Nothing was changed: ${what}.`);
}

/** What was done. */
export async function listEvents({ session }: Work): Promise<readonly MigrationEvent[]> {
  return (await readEvents(session)).map(([at, by, action, migration, reason]) => ({
    at: at ?? "",
    by: by ?? "",
    action: action as MigrationEvent["action"],
    migration: migration ?? "",
    reason: reason ?? "",
  }));
}

/** The history tables. */
export async function listHistory({ session }: Work): Promise<readonly HistoryTable[]> {
  return (await readHistory(session)).map((record) => ({ ...record, confirm: historyToken(record, record.rows) }));
}

function historyToken(record: HistoryRecord, rows: number): string {
  return createHash("sha256")
    .update(JSON.stringify(["drop", record, rows]))
    .digest("hex")
    .slice(0, 16);
}

/** Drops a history table. */
export async function dropHistory(
  work: Work,
  name: string,
  { confirm, reason }: { readonly confirm: string; readonly reason: string },
): Promise<void> {
  const { session, by } = work;
  const why = checkedReason(reason);
  const record = (await readHistory(session)).find((each) => each.name === name);
  if (record === undefined) throw invalid(`${name} is no history table`);
  const rows = await countOf(session, name);
  if (historyToken(record, rows) !== confirm) {
    throw new MigrateError(
      "not-confirmed",
      `${name} was not dropped: the confirmation is not the one that history() gives for it now, with its ${rows} rows.`,
      {
        facts: { name, rows },
      },
    );
  }
  await dropHistoryTable(session, name);
  await addEvent(session, by, "drop-history", name, why);
}
