// The account of one import, and the records that it could not take.
import { useState } from "react";
import { ask } from "./api.ts";
import { Pill, Said, Waiting } from "./parts.tsx";
import type { Import, Reject } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The account, with its rejects behind a press. */
export function ImportAccount({ run }: { readonly run: Import }) {
  const [open, setOpen] = useState(false);
  const { recordsRead, recordsWritten, recordsIdentical, recordsConflict, recordsRejected } = run;
  const aside = recordsConflict + recordsRejected;
  return (
    <article className="import">
      <div className="row">
        <h3>{run.name}</h3>
        <span className="note">into {run.target}</span>
        <Pill tone={run.verification === "passed" ? "good" : "warn"}>{run.verification === "passed" ? "verified" : run.status}</Pill>
        {run.open > 0 && <Pill tone="warn">{run.open} to settle</Pill>}
      </div>
      <p className="account">
        <b>{recordsRead}</b> read = <b>{recordsWritten}</b> written + <b>{recordsIdentical}</b> identical + <b>{recordsConflict}</b>{" "}
        conflict + <b>{recordsRejected}</b> rejected
      </p>
      {aside > 0 && (
        <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>The {aside} records that were kept aside</summary>
          {open && <Rejects runId={run.runId} />}
        </details>
      )}
    </article>
  );
}

function Rejects({ runId }: { readonly runId: string }) {
  const { data, failure } = useData<readonly Reject[]>(`/imports/${runId}/rejects`, ["migration"]);
  const { busy, said, act } = useAction();
  if (data === undefined) return <Waiting failure={failure} rows={5} />;
  const dismiss = (lines: readonly number[]): void =>
    act(async () => {
      for (const line of lines) await ask("POST", `/imports/${runId}/rejects/${line}`, { reason: "looked at on the page" });
      return lines.length === 1 ? `Line ${lines[0]} was dismissed.` : `${lines.length} records were dismissed.`;
    });
  const left = data.filter(({ resolution }) => resolution === null).map(({ line }) => line);
  return (
    <>
      <ul className="list rejects">
        {data.map(({ line, reason, text, resolution }) => (
          <li key={line} className={resolution === null ? "" : "done"}>
            <span className="row">
              <b>Line {line}</b>
              <span>{reason}</span>
              {resolution !== null && <span className="note">dismissed by {resolution.by}</span>}
              {resolution === null && (
                <button type="button" className="small" disabled={busy} aria-label={`Dismiss line ${line}`} onClick={() => dismiss([line])}>
                  Dismiss
                </button>
              )}
            </span>
            <code className="raw">{text}</code>
          </li>
        ))}
      </ul>
      <div className="row actions">
        <button type="button" disabled={busy || left.length === 0} onClick={() => dismiss(left)}>
          {left.length === 0 ? "All are settled" : `Dismiss all ${left.length}`}
        </button>
      </div>
      <Said said={said} />
    </>
  );
}
