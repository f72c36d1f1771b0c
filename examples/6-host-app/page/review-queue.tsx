// What a person should look at, and the comparison with the exchange that often settles it.
import { useState } from "react";
import { ask } from "./api.ts";
import { Panel, Pill, Said, Waiting } from "./parts.tsx";
import type { Reconciled, Review } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The queue. */
export function ReviewQueue() {
  const { data, failure } = useData<Review>("/review", ["ledger"]);
  const [missing, setMissing] = useState<readonly string[]>([]);
  const { busy, said, act } = useAction();
  const compare = (addMissing: boolean) => () =>
    act(async () => {
      const { value } = await ask<Reconciled>("POST", "/reconcile", { addMissing });
      setMissing(addMissing ? [] : value.missing);
      if (addMissing) return `${value.added} added; the ledger was computed anew.`;
      const found = value.missing.length === 0 ? "nothing is missing" : `missing here: ${value.missing.join(", ")}`;
      return `${value.equal} orders equal the exchange's; ${found}.`;
    });
  const open = data?.items.filter(({ status }) => status === "pending" || status === "in_progress") ?? [];
  return (
    <Panel
      title="Review queue"
      aside={<Pill tone={open.length === 0 ? "good" : "warn"}>{data === undefined ? "…" : `${open.length} open`}</Pill>}
    >
      {data === undefined ? (
        <Waiting failure={failure} rows={5.7} />
      ) : (
        <ul className="list review">
          {data.items.map(({ orderId, issueType, severity, status, description, resolvedBy }) => (
            <li key={orderId + issueType} className={status === "pending" ? "" : "done"}>
              <span className="row">
                <code>{orderId}</code>
                <Pill tone={status === "pending" ? "warn" : "quiet"}>
                  {status === "pending" ? severity : `${status}${resolvedBy === null ? "" : ` by the ${resolvedBy}`}`}
                </Pill>
              </span>
              <p>{description}</p>
            </li>
          ))}
          {data.items.length === 0 && <li className="empty">Nothing to look at.</li>}
        </ul>
      )}
      <div className="row actions">
        <button type="button" disabled={busy} onClick={compare(false)}>
          Compare with the exchange
        </button>
        {missing.length > 0 && (
          <button type="button" className="primary" disabled={busy} onClick={compare(true)}>
            Add what is missing
          </button>
        )}
      </div>
      <Said said={said} />
    </Panel>
  );
}
