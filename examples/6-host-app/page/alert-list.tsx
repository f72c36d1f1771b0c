// The price alerts: the same ones in every phase.
import { useRef, type FormEvent } from "react";
import { ask } from "./api.ts";
import { Amount, exact, Panel, Said, Waiting } from "./parts.tsx";
import type { Alert } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The alerts, with one to add. */
export function AlertList() {
  const { data, failure } = useData<readonly Alert[]>("/alerts", ["alerts", "migration"]);
  const { busy, said, act } = useAction();
  const title = useRef<HTMLDivElement>(null);
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const { symbol, direction, price } = Object.fromEntries(new FormData(form)) as Record<string, string>;
    act(async () => {
      await ask("PUT", `/alerts/${crypto.randomUUID()}`, { symbol, direction, price });
      form.reset();
      return `An alert for ${symbol} was added.`;
    });
  };
  const remove = ({ id, symbol }: Alert): void =>
    act(async () => {
      await ask("DELETE", `/alerts/${encodeURIComponent(id)}`);
      title.current?.focus(); // the button that had it is gone
      return `The alert for ${symbol} was removed.`;
    });
  return (
    <Panel title="Alerts">
      <div ref={title} tabIndex={-1} className="focusable">
        {data === undefined ? (
          <Waiting failure={failure} rows={5.3} />
        ) : (
          <ul className="list alerts">
            {data.map((alert) => (
              <li key={alert.id} className="row">
                <b>{alert.symbol}</b>
                <span>
                  {alert.direction} <Amount value={alert.price} />
                </span>
                <span className="note">{alert.note}</span>
                <button
                  type="button"
                  className="small"
                  disabled={busy}
                  aria-label={`Remove the alert for ${alert.symbol} ${alert.direction} ${exact(alert.price)}`}
                  onClick={() => remove(alert)}
                >
                  Remove
                </button>
              </li>
            ))}
            {data.length === 0 && <li className="empty">No alerts.</li>}
          </ul>
        )}
      </div>
      <form className="row add" onSubmit={add}>
        <label>
          Symbol
          <select name="symbol">
            {["BTC-USD", "ETH-USD", "SOL-USD", "LINK-USD", "ADA-USD"].map((symbol) => (
              <option key={symbol}>{symbol}</option>
            ))}
          </select>
        </label>
        <label>
          When
          <select name="direction">
            <option>above</option>
            <option>below</option>
          </select>
        </label>
        <label>
          Price
          <input name="price" inputMode="decimal" pattern="\d+(\.\d{1,8})?" required size={10} autoComplete="off" />
        </label>
        <button type="submit" disabled={busy}>
          Add
        </button>
      </form>
      <Said said={said} />
    </Panel>
  );
}
