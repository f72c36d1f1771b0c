// One sell and the lots that it took from.
import { useState, type CSSProperties } from "react";
import { dayText, shortDay } from "./format.ts";
import { Amount, exact, Panel, placesOf, Table, Waiting } from "./parts.tsx";
import type { Explanation, Fill, Lot } from "./types.ts";
import { useData } from "./use-data.ts";

/** The latest sells, and one of them explained. */
export function SellExplained() {
  const { data: sells, failure } = useData<readonly Fill[]>("/sells?limit=12", ["fills"]);
  const [chosen, choose] = useState<string>();
  const id = chosen ?? sells?.[0]?.id;
  return (
    <Panel title="A sell explained" className="wide">
      <div className="explained">
        {sells === undefined ? (
          <Waiting failure={failure} rows={8} />
        ) : (
          <fieldset className="sells">
            <legend className="hidden">Latest sells</legend>
            {sells.map(({ id: sell, symbol, quantity, price, executedAt }) => (
              <label key={sell} className="choice">
                <input type="radio" name="sell" value={sell} checked={sell === id} onChange={() => choose(sell)} />
                <span className="choice-text">
                  <b>{symbol}</b>
                  <span className="note">{shortDay(executedAt)}</span>
                  <span className="units">
                    {exact(quantity)} at {exact(price)}
                  </span>
                </span>
              </label>
            ))}
          </fieldset>
        )}
        {id !== undefined && <OneSell id={id} />}
      </div>
    </Panel>
  );
}

function OneSell({ id }: { readonly id: string }) {
  const { data, failure } = useData<Explanation>(`/sells/${encodeURIComponent(id)}`, ["ledger"]);
  if (data === undefined) return <Waiting failure={failure} rows={8} />;
  const { symbol, quantity, price, soldAt, rule, lots, unmatched, pnl, costBasis, netProceeds } = data;
  return (
    <div className="lots" aria-live="polite">
      <p className="sentence">
        {exact(quantity)} {symbol} sold on {dayText(soldAt)} at {exact(price)}: <Amount value={netProceeds} /> came in for what had cost{" "}
        <Amount value={costBasis} />, so <Amount value={pnl} signed />.
      </p>
      <div className="shares" aria-hidden="true">
        {lots.map(({ buyId, share }) => (
          <span key={buyId} style={{ "--share": shareOf(share) } as CSSProperties} />
        ))}
        {unmatched !== null && (
          <span className="hole" style={{ "--share": 1 - lots.reduce((sum, { share }) => sum + shareOf(share), 0) } as CSSProperties} />
        )}
      </div>
      <LotTable lots={lots} />
      {unmatched !== null && (
        <p className="said bad">
          No buy covers {exact(unmatched.quantity)} of it: {unmatched.reason}. Its proceeds of {exact(unmatched.netProceeds)} are in no
          profit.
        </p>
      )}
      <p className="note rule">{rule}.</p>
    </div>
  );
}

/** A fraction such as `3/10`, for the width of a bar. */
function shareOf(share: string): number {
  const [part = "0", whole = "1"] = share.split("/");
  return Number(part) / Number(whole);
}

function LotTable({ lots }: { readonly lots: readonly Lot[] }) {
  const places = (field: "quantity" | "costBasis" | "netProceeds" | "pnl"): number => placesOf(lots.map((lot) => lot[field]));
  return (
    <Table
      label="Lots that the sell took from"
      head={[
        ["Bought", false],
        ["Units", true],
        ["At", true],
        ["Cost", true],
        ["Proceeds", true],
        ["Profit", true],
      ]}
    >
      {lots.map(({ buyId, boughtAt, buyPrice, quantity, costBasis, netProceeds, pnl }) => (
        <tr key={buyId}>
          <th scope="row">
            {boughtAt === null ? "—" : dayText(boughtAt)}
            <code className="lot-id" title={buyId}>
              {buyId}
            </code>
          </th>
          <td className="number">
            <Amount value={quantity} places={places("quantity")} />
          </td>
          <td className="number">{buyPrice === null ? "—" : <Amount value={buyPrice} />}</td>
          <td className="number">
            <Amount value={costBasis} places={places("costBasis")} />
          </td>
          <td className="number">
            <Amount value={netProceeds} places={places("netProceeds")} />
          </td>
          <td className="number">
            <Amount value={pnl} signed places={places("pnl")} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
