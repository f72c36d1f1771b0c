// What was found, what was taken, and what was kept aside.
import type { Report } from "./report.ts";
import { count, textTable } from "@td/example-shared/table";

/** The files and their shapes. */
export function filesSection({ files }: Report): string[] {
  const table = textTable(
    [
      { title: "file", cell: (row) => row.name },
      { title: "shape", cell: (row) => SHAPES[row.shape] ?? row.shape },
      { title: "for the user", cell: (row) => row.user },
    ],
    files,
  );
  return ["What was found", ...table];
}

const SHAPES: Readonly<Record<string, string>> = {
  object: "an object, as the application writes it",
  list: "a list",
  csv: "lines under a header",
  empty: "no bytes: nothing yet",
};

/** The account of each import. */
export function importSection({ imports }: Report): string[] {
  const table = textTable(
    [
      { title: "user", cell: (row) => row.user },
      { title: "import", cell: (row) => row.name },
      { title: "into", cell: (row) => row.table },
      { title: "read", cell: (row) => count(row.read), align: "right" },
      { title: "= new", cell: (row) => count(row.written), align: "right" },
      { title: "+ known", cell: (row) => count(row.identical), align: "right" },
      { title: "+ in conflict", cell: (row) => count(row.conflict), align: "right" },
      { title: "+ rejected", cell: (row) => count(row.rejected), align: "right" },
      { title: "verified", cell: (row) => (row.verified ? "yes" : "NO") },
    ],
    imports,
  );
  return ["Imports, rehearsed before the first row was written", ...table, ...keptSection(imports)];
}

function keptSection(imports: Report["imports"]): string[] {
  const kept = imports.flatMap(({ user, name, keptAside }) => keptAside.map((record) => ({ import: `${user} ${name}`, ...record })));
  if (kept.length === 0) return ["   No record was kept aside."];
  const table = textTable(
    [
      { title: "import", cell: (row) => row.import },
      { title: "record", cell: (row) => row.place },
      { title: "why", cell: (row) => row.reason },
      { title: "detail", cell: (row) => shorten(row.detail, 110) },
    ],
    kept.slice(0, SHOWN),
    5,
  );
  const more = kept.length > SHOWN ? [`     ... and ${count(kept.length - SHOWN)} more (--json has all)`] : [];
  return ["", "   Not taken, and kept whole in the table td_import_rejects:", ...table, ...more];
}

const SHOWN = 30;

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}

/** What each user has now. */
export function userSection({ users, knownAnswer }: Report): string[] {
  const names = Object.keys(users[0]?.rows ?? {});
  const table = textTable(
    [
      { title: "user", cell: (row) => row.user },
      { title: "from", cell: (row) => row.from },
      ...names.map((name) => ({
        title: name,
        cell: (row: Report["users"][number]) => count(row.rows[name] ?? 0),
        align: "right" as const,
      })),
    ],
    users,
  );
  const booked = users.flatMap(({ user, booked: days }) =>
    days === null
      ? []
      : [`   Booked by the old service for ${user}: ${days.days} days, ${days.realizedPnl} realised, ${days.fees} in fees, exactly.`],
  );
  return ["What each user has now", ...table, ...booked, ...answerLines(knownAnswer)];
}

function answerLines(answer: Report["knownAnswer"]): string[] {
  if (answer === null) return [];
  if (answer.right) return ["   Every account above, every share and every booked rupee is what the tree was made with."];
  return ["   THIS IS NOT WHAT THE TREE WAS MADE WITH:", ...answer.differences.map((line) => `     ${line}`)];
}
