// The migration: the phases of the price alerts, the alerts themselves, and the accounts of the imports.
import { ask } from "./api.ts";
import { AlertList } from "./alert-list.tsx";
import { shortDay, timeText } from "./format.ts";
import { ImportAccount } from "./import-account.tsx";
import { Panel, Said, Waiting } from "./parts.tsx";
import type { Migration, MigrationStatus } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The phases, in their order, in the words of a reader. */
const PHASES = [
  ["legacy", "file only"],
  ["dual-write", "both written"],
  ["validate", "reads compared"],
  ["cutover", "table read"],
  ["archived", "table only"],
] as const;

/** The view. */
export function MigrationView() {
  const { data, failure } = useData<Migration>("/migration", ["migration", "alerts"]);
  if (data === undefined)
    return (
      <div className="columns">
        <Panel title="Price alerts: from a file to a table" className="wide">
          <Waiting failure={failure} rows={8} />
        </Panel>
      </div>
    );
  return (
    <div className="columns">
      <Panel title="Price alerts: from a file to a table" className="wide">
        <Phases status={data.alerts} />
        <div className="gates-and-steps">
          <Gates status={data.alerts} />
          <Steps status={data.alerts} />
        </div>
      </Panel>
      <AlertList />
      <Trail trail={data.trail} />
      <Panel title="Imports" className="wide" aside={<span className="note">read = written + identical + conflict + rejected</span>}>
        {data.imports.map((run) => (
          <ImportAccount key={run.runId} run={run} />
        ))}
      </Panel>
    </div>
  );
}

function Phases({ status }: { readonly status: MigrationStatus }) {
  const at = PHASES.findIndex(([phase]) => phase === status.phase);
  return (
    <ol className="phases" aria-label="Phases">
      {PHASES.map(([phase, words], index) => (
        <li key={phase} className={index < at ? "past" : index === at ? "now" : ""} aria-current={index === at ? "step" : undefined}>
          <b>{phase}</b>
          <span className="note">{words}</span>
        </li>
      ))}
    </ol>
  );
}

function Gates({ status: { gates, next } }: { readonly status: MigrationStatus }) {
  return (
    <div>
      <h3>{next === undefined ? "The end" : `What ${next} asks for`}</h3>
      <ul className="gates">
        {gates.map(({ gate, met, detail }) => (
          <li key={gate} className={met ? "met" : "unmet"}>
            <span aria-hidden="true">{met ? "✓" : "○"}</span>
            <span className="hidden">{met ? "Met: " : "Not met: "}</span>
            {detail}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Steps({ status: { next, phase } }: { readonly status: MigrationStatus }) {
  const { busy, said, act } = useAction();
  const step = (action: "repair" | "verify" | "advance" | "rollback") => () =>
    act(async () => {
      const { result, status } = await ask<{ result: Readonly<Record<string, unknown>>; status: MigrationStatus }>("POST", "/migration", {
        action,
        why: "from the page",
      });
      if (action === "repair") return `${String(result["copied"])} copied, ${String(result["deleted"])} removed.`;
      if (action === "verify") return `${String(result["matched"])} of ${String(result["keys"])} alerts are equal on both sides.`;
      return `The phase is ${status.phase} now.`;
    });
  return (
    <div>
      <h3>Steps</h3>
      <div className="row actions">
        <button type="button" disabled={busy || phase === "legacy"} onClick={step("repair")}>
          Copy and repair
        </button>
        <button type="button" disabled={busy || phase === "legacy" || next === undefined} onClick={step("verify")}>
          Verify
        </button>
        <button type="button" className="primary" disabled={busy || next === undefined} onClick={step("advance")}>
          {next === undefined ? "Done" : `Advance to ${next}`}
        </button>
        <button type="button" disabled={busy || phase === "legacy" || next === undefined} onClick={step("rollback")}>
          Roll back
        </button>
      </div>
      <Said said={said} />
    </div>
  );
}

function Trail({ trail }: { readonly trail: Migration["trail"] }) {
  return (
    <Panel title="Audit trail" aside={<span className="note">latest first</span>}>
      <div className="log" role="group" aria-label="Audit trail, latest first" tabIndex={0}>
        <ol>
          {trail.map(({ entry, at, by, action, toPhase, why }) => (
            <li key={entry}>
              <time dateTime={at}>
                {shortDay(at)} {timeText(at)}
              </time>
              <span className="level">{action}</span>
              <span>
                {by}, {toPhase}: {why}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  );
}
