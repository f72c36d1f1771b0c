// The report of a migration, for people: where it stands, what differs, what it cost, and who decided what. Pure text.
import { PHASES, rolesIn, type Phase, type Side } from "./phases.ts";
import type { DualWriteStatus } from "./status.ts";

interface Times {
  readonly calls: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** What is known of one side. */
export interface SideFigures {
  readonly side: Side;
  /** The store's name. */
  readonly store: string;
  /** How many records it holds; `undefined` when it could not be read. */
  readonly records: number | undefined;
  /** The host's own figures, such as PnL. */
  readonly figures: Readonly<Record<string, string>>;
  readonly reads: Times | undefined;
  readonly writes: Times | undefined;
  /** Why it could not be read. */
  readonly failure: string | undefined;
}

/** What a report is made of. */
export interface ReportData {
  /** When it was made, as an instant. */
  readonly at: string;
  readonly status: DualWriteStatus;
  readonly sides: readonly [SideFigures, SideFigures];
  /** The audit trail, the latest first. */
  readonly audit: readonly {
    readonly entry: number;
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly fromPhase: Phase;
    readonly toPhase: Phase;
    readonly why: string;
    readonly evidence: unknown;
  }[];
}

/** A table: its head and its rows. */
interface Grid {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said instead of an empty table. */
  readonly none: string;
}

function gridsOf(data: ReportData): readonly Grid[] {
  return [countsGrid(data), phaseGrid(data), figuresGrid(data), gatesGrid(data), divergencesGrid(data), timesGrid(data), trailGrid(data)];
}

function countsGrid({ sides: [legacy, next] }: ReportData): Grid {
  return {
    title: "Counts",
    head: ["", "legacy", "next"],
    rows: [
      ["store", legacy.store, next.store],
      ["records", legacy.failure ?? String(legacy.records), next.failure ?? String(next.records)],
    ],
    none: "",
  };
}

function phaseGrid({ status }: ReportData): Grid {
  return {
    title: "In this phase",
    head: ["", "count"],
    rows: [
      ["keys that may differ (dirty)", String(status.dirtyKeys)],
      ["writes", String(status.writes)],
      ["of which the second write failed", String(status.failedWrites)],
      ["reads compared", String(status.comparedReads)],
      ["of which differed", String(status.readDifferences)],
    ],
    none: "",
  };
}

function figuresGrid({ sides: [legacy, next] }: ReportData): Grid {
  const names = [...new Set([...Object.keys(legacy.figures), ...Object.keys(next.figures)])].toSorted();
  const row = (name: string): readonly string[] => {
    const [a, b] = [legacy.figures[name] ?? "none", next.figures[name] ?? "none"];
    return [name, a, b, a === b ? "equal" : "differs"];
  };
  return {
    title: "Figures side by side",
    head: ["figure", "legacy", "next", ""],
    rows: names.map(row),
    none: "No figures were asked for.",
  };
}

function gatesGrid({ status: { gates, next } }: ReportData): Grid {
  return {
    title: next === undefined ? "Gates" : `Gates on the way to ${next}`,
    head: ["gate", "met", "detail"],
    rows: gates.map(({ gate, met, detail }) => [gate, met ? "yes" : "no", detail]),
    none: "This is the last phase.",
  };
}

/** The divergences that the latest verification listed. */
function divergencesGrid({ audit }: ReportData): Grid {
  const latest = audit.find(({ action }) => action === "verified");
  const evidence = (latest?.evidence ?? {}) as Readonly<Record<string, unknown>>;
  const first = Array.isArray(evidence["first"]) ? (evidence["first"] as readonly Readonly<Record<string, unknown>>[]) : [];
  const counts = ["keys", "matched", "missing", "extra", "different", "dirty", "unsettled"].map(
    (name) => `${typeof evidence[name] === "number" ? evidence[name] : 0} ${name}`,
  );
  return {
    title: "Divergences",
    head: ["key", "kind", "fields"],
    rows: first.map(({ key, kind, fields }) => [String(key), String(kind), Array.isArray(fields) ? fields.join(", ") : ""]),
    none: latest === undefined ? "Nothing was verified yet." : `None in the last verification (${counts.join(", ")}).`,
  };
}

function timesGrid({ sides }: ReportData): Grid {
  const row = (side: Side, kind: string, times: Times | undefined): readonly (readonly string[])[] =>
    times === undefined ? [] : [[side, kind, String(times.calls), ms(times.median), ms(times.p95), ms(times.max)]];
  return {
    title: "Times in this process (milliseconds)",
    head: ["side", "call", "calls", "median", "95 %", "longest"],
    rows: sides.flatMap(({ side, reads, writes }) => [...row(side, "read", reads), ...row(side, "write", writes)]),
    none: "Nothing was measured.",
  };
}

function trailGrid({ audit }: ReportData): Grid {
  return {
    title: "Decisions and evidence",
    head: ["no.", "when", "who", "what", "why"],
    rows: audit.map(({ entry, at, by, action, fromPhase, toPhase, why }) => [
      String(entry),
      at,
      by,
      fromPhase === toPhase ? `${action} (${toPhase})` : `${action}: ${fromPhase} to ${toPhase}`,
      why,
    ]),
    none: "",
  };
}

function ms(time: number): string {
  return time.toFixed(time < 10 ? 2 : 0);
}

function headline({ status: { name, phase, since, paused, dirtyKeys } }: ReportData): string {
  const { primary, secondary } = rolesIn(phase);
  const fed = secondary === undefined ? "the other side is not written" : `${secondary} is kept equal`;
  const open = dirtyKeys === 0 ? "every key is equal or being written" : `${dirtyKeys} keys are still to be repaired`;
  return `${name} is in phase ${phase} since ${since}: reads come from ${primary}, ${fed}; ${secondary === undefined ? "" : open}${paused ? "; paused" : ""}`.replace(
    /; $/,
    "",
  );
}

/** The report as Markdown. */
export function markdownReport(data: ReportData): string {
  const grids = gridsOf(data).map(
    ({ title, head, rows, none }) => `## ${title}\n\n${rows.length === 0 ? none : markdownTable(head, rows)}\n`,
  );
  return `# Migration of ${oneLine(data.status.name)}\n\n${oneLine(headline(data))}.\n\nMade ${data.at}.\n\n${grids.join("\n")}`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(oneLine).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\|<>`*_[\]]/g, "\\$&");
}

/** The report as one page without any other file. */
export function htmlReport(data: ReportData): string {
  const { name, phase } = data.status;
  const steps = PHASES.map((step) => `<li${step === phase ? ' aria-current="step"' : ""}>${step}</li>`).join("");
  const grids = gridsOf(data).map(
    ({ title, head, rows, none }) =>
      `<section><h2>${escaped(title)}</h2>${rows.length === 0 ? `<p>${escaped(none)}</p>` : htmlTable(title, head, rows)}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Migration of ${escaped(name)}: ${phase}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Migration of ${escaped(name)}</h1>
<ol class="phases" aria-label="Phases">${steps}</ol>
<p class="headline">${escaped(headline(data))}.</p>
${grids.join("\n")}
<footer>Made ${escaped(data.at)}</footer>
</main>
</body>
</html>
`;
}

function htmlTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const heads = head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell, at) => htmlCell(cell, head[at] ?? "")).join("")}</tr>`);
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(title)}"><table><thead><tr>${heads}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

const TONES: Readonly<Record<string, string>> = {
  yes: "good",
  equal: "good",
  no: "bad",
  differs: "bad",
  missing: "bad",
  extra: "bad",
  different: "bad",
};

function htmlCell(cell: string, head: string): string {
  const tone = TONES[cell];
  const number = /^-?[\d.,]+$/.test(cell);
  const kind = [tone, number ? "number" : undefined].filter((name) => name !== undefined).join(" ");
  return `<td data-head="${escaped(head)}"${kind === "" ? "" : ` class="${kind}"`}>${escaped(cell)}</td>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5a6675;--line:#d8dee6;--ground:#f6f8fa;--card:#fff;--good:#11703c;--bad:#b3261e;--mark:#1f5fbf}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a3aebb;--line:#39424e;--ground:#14181e;--card:#1c222a;--good:#5dd495;--bad:#ff8a80;--mark:#8ab4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 .6rem}
section{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
section p{margin:0;color:var(--soft)}
.headline{margin:0;overflow-wrap:anywhere}
.phases{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:0 0 1rem;padding:0}
.phases li{padding:.15rem .7rem;border:1px solid var(--line);border-radius:1rem;color:var(--soft);font-size:.9rem}
.phases li[aria-current]{background:var(--mark);border-color:var(--mark);color:var(--card);font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;white-space:nowrap}
tbody tr:last-child td{border-bottom:0}
.number{font-variant-numeric:tabular-nums}
.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
footer{color:var(--soft);font-size:.85rem}
@media (max-width:40rem){
thead{position:absolute;clip-path:inset(50%)}
tr{display:block;padding:.4rem 0;border-bottom:1px solid var(--line)}
tbody tr:last-child{border-bottom:0}
td{display:grid;grid-template-columns:7.5rem 1fr;gap:.6rem;padding:.1rem 0;border:0}
td:empty{display:none}
td::before{content:attr(data-head);color:var(--soft);font-weight:400}
td:first-child:not([data-head]),td[data-head=""]:first-child{font-weight:600;grid-template-columns:1fr}
td[data-head=""]::before{content:none}
}
`;
