// The book: what it is worth, what was gained where, and where the numbers come from.
import { EquityChart } from "./equity-chart.tsx";
import { amountText, dayText } from "./format.ts";
import { Amount, Figure, Panel, placesOf, Table, Waiting } from "./parts.tsx";
import { ReviewQueue } from "./review-queue.tsx";
import { SellExplained } from "./sell-explained.tsx";
import type { Equity, Pnl, SymbolPnl } from "./types.ts";
import { useData } from "./use-data.ts";

/** The view. */
export function BookView() {
  const equity = useData<Equity>("/equity", ["equity"]);
  const pnl = useData<Pnl>("/pnl", ["ledger"]);
  return (
    <div className="columns">
      <Panel title="Equity" className="wide equity">
        {equity.data === undefined ? <Waiting failure={equity.failure} rows={0} /> : <EquityChart equity={equity.data} />}
        <Figures pnl={pnl.data} equity={equity.data} />
      </Panel>
      <Panel title="Profit by symbol" aside={<span className="note">realised, FIFO</span>}>
        {pnl.data === undefined ? <Waiting failure={pnl.failure} rows={6.6} /> : <PnlTable symbols={pnl.data.symbols} />}
      </Panel>
      <ReviewQueue />
      <SellExplained />
    </div>
  );
}

function Figures({ pnl, equity }: { readonly pnl: Pnl | undefined; readonly equity: Equity | undefined }) {
  const fall = equity?.drawdown;
  return (
    <dl className="figures">
      <Figure name="Realised profit" note={pnl === undefined ? "" : `${pnl.winRate.closes} sells`}>
        {pnl === undefined ? "…" : <Amount value={pnl.winRate.pnl} signed />}
      </Figure>
      <Figure name="Sells that gained" note={pnl === undefined ? "" : `${pnl.winRate.losses} lost`}>
        {pnl === undefined ? "…" : `${pnl.winRate.wins} of ${pnl.winRate.closes}`}
      </Figure>
      <Figure name="Best sell" note={pnl?.best?.symbol ?? ""}>
        {pnl?.best == null ? "…" : <Amount value={pnl.best.pnl} signed />}
      </Figure>
      <Figure name="Worst sell" note={pnl?.worst?.symbol ?? ""}>
        {pnl?.worst == null ? "…" : <Amount value={pnl.worst.pnl} signed />}
      </Figure>
      <Figure name="Largest fall" note={fall == null ? "" : `to ${dayText(fall.troughAt)}`}>
        {fall == null ? "…" : <Amount value={`-${fall.amount}`} signed />}
      </Figure>
    </dl>
  );
}

function PnlTable({ symbols }: { readonly symbols: readonly SymbolPnl[] }) {
  const places = placesOf(symbols.map(({ totalPnl }) => totalPnl));
  const widest = Math.max(...symbols.map(({ totalPnl }) => Math.abs(Number(totalPnl)))); // for the bars alone
  return (
    <Table
      label="Profit by symbol"
      head={[
        ["Symbol", false],
        ["Sells", true],
        ["Profit", true],
        ["Not covered", true],
      ]}
    >
      {symbols.map(({ symbol, numSells, totalPnl, unmatchedSize }) => (
        <tr key={symbol}>
          <th scope="row">{symbol}</th>
          <td className="number">{numSells}</td>
          <td className="number">
            <Amount value={totalPnl} signed places={places} />
            <span className="meter" aria-hidden="true">
              <span
                className={totalPnl.startsWith("-") ? "loss" : "gain"}
                style={{ width: `${(Math.abs(Number(totalPnl)) / (widest || 1)) * 50}%` }}
              />
            </span>
          </td>
          <td className="number">{/[1-9]/.test(unmatchedSize) ? amountText(unmatchedSize) : <span className="note">none</span>}</td>
        </tr>
      ))}
    </Table>
  );
}
