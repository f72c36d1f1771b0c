// The small parts that the views are made of.
import type { CSSProperties, ReactNode } from "react";
import { amountParts, amountText, signOf } from "./format.ts";

/** An amount, exact: what is behind the cents is quiet. `signed`: gains and losses are told by sign and colour. `places`: room for so many decimals. */
export function Amount({ value, signed = false, places }: { readonly value: string; readonly signed?: boolean; readonly places?: number }) {
  const { sign, whole, fraction } = amountParts(value);
  const look = signed ? signOf(value) : "plain";
  const aligned = places !== undefined && places > 0;
  return (
    <span className={`amount ${look} ${aligned ? "aligned" : ""}`} style={aligned ? ({ "--places": places } as CSSProperties) : undefined}>
      {look === "gain" ? "+" : sign}
      {whole}
      <span className="fraction">
        {fraction.slice(0, 3)}
        <span className="beyond">{fraction.slice(3)}</span>
      </span>
    </span>
  );
}

/** How many decimals the longest of some amounts has. */
export function placesOf(values: readonly string[]): number {
  return Math.max(0, ...values.map((value) => (value.split(".")[1] ?? "").length));
}

/** A section with its heading. */
export function Panel({
  title,
  aside,
  className = "",
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const id = `panel-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A table that scrolls by itself where the screen is too narrow. */
export function Table({
  label,
  head,
  children,
}: {
  readonly label: string;
  readonly head: readonly (readonly [name: string, number: boolean])[];
  readonly children: ReactNode;
}) {
  return (
    <div className="scroll" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map(([name, number]) => (
              <th key={name} scope="col" className={number ? "number" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A word about a state, never by colour alone. */
export function Pill({ tone, children }: { readonly tone: "good" | "bad" | "warn" | "quiet"; readonly children: ReactNode }) {
  return <span className={`pill ${tone}`}>{children}</span>;
}

/** What came of the last press; read out when it changes. */
export function Said({ said }: { readonly said: { readonly text: string; readonly bad: boolean } }) {
  return (
    <p className={`said ${said.bad ? "bad" : ""}`} role="status">
      {said.text}
    </p>
  );
}

/** What stands while nothing is known yet, or when it cannot be. `rows`: how high it is, so that what comes moves little. */
export function Waiting({ failure, rows = 3 }: { readonly failure: string | undefined; readonly rows?: number }) {
  if (failure !== undefined) return <p className="said bad">{failure}</p>;
  return <div className="waiting" style={{ "--rows": rows } as CSSProperties} role="img" aria-label="Loading" />;
}

/** A figure with its name. */
export function Figure({ name, children, note }: { readonly name: string; readonly children: ReactNode; readonly note?: string }) {
  return (
    <div className="figure">
      <dt>{name}</dt>
      <dd>
        <span className="value">{children}</span>
        <span className="note">{note}</span>
      </dd>
    </div>
  );
}

/** An amount as plain text, for sentences. */
export const exact = amountText;
