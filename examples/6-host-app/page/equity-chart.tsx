// The equity curve: drawn here, read by eye, by pointer, by keyboard and by a screen reader.
import { useState } from "react";
import { amountText, dayText, monthText } from "./format.ts";
import { Amount } from "./parts.tsx";
import type { Equity } from "./types.ts";

// Only where to draw is computed with numbers that are not exact: a pixel more or less. What is shown as text is the text that came.
const drawn = (text: string): number => Number(text);
const time = (at: string): number => Date.parse(at);

const [WIDTH, HEIGHT] = [1000, 300];

interface Frame {
  readonly x: (at: string) => number;
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
}

/** The frame that holds all points, with three to six round values beside it. */
function frameOf(points: Equity["points"]): Frame {
  const values = points.map(({ value }) => drawn(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = roundStep((high - low) / 4 || 1);
  const [bottom, top] = [Math.floor(low / step) * step, Math.ceil(high / step) * step || 1];
  const [first, last] = [time(points[0]?.at ?? ""), time(points.at(-1)?.at ?? "")];
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, at) => bottom + at * step);
  return {
    x: (at) => ((time(at) - first) / (last - first || 1)) * WIDTH,
    y: (value) => HEIGHT - ((value - bottom) / (top - bottom || 1)) * HEIGHT,
    ticks,
  };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}

/** The first point of each month. */
function monthsIn(points: Equity["points"]): readonly { readonly at: string; readonly value: string }[] {
  return points.filter(({ at }, index) => index > 0 && at.slice(0, 7) !== points[index - 1]?.at.slice(0, 7));
}

/** The curve with a reading of one day at a time. */
export function EquityChart({ equity: { points, drawdown } }: { readonly equity: Equity }) {
  const [chosen, choose] = useState<number>();
  const { x, y, ticks } = frameOf(points);
  const index = Math.min(chosen ?? points.length - 1, points.length - 1);
  const point = points[index];
  const line = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(drawn(value)).toFixed(1)}`).join(" L");
  if (point === undefined) return <p className="empty">There is no snapshot yet.</p>;
  return (
    <div className="chart">
      <p className="reading">
        <span className="value">
          <Amount value={point.value} />
        </span>
        <span className="note">{dayText(point.at)}</span>
      </p>
      <div className="plot">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {ticks.map((tick) => (
            <line key={tick} className="grid" x1="0" x2={WIDTH} y1={y(tick)} y2={y(tick)} />
          ))}
          {drawdown !== null && (
            <rect
              className="fall"
              x={x(drawdown.peakAt)}
              width={Math.max(0, x(drawdown.troughAt) - x(drawdown.peakAt))}
              y="0"
              height={HEIGHT}
            />
          )}
          <path className="area" d={`M0,${HEIGHT} L${line} L${WIDTH},${HEIGHT} Z`} />
          <path className="curve" d={`M${line}`} />
          <line className="hair" x1={x(point.at)} x2={x(point.at)} y1="0" y2={HEIGHT} />
        </svg>
        <span className="dot" style={{ left: `${x(point.at) / (WIDTH / 100)}%`, top: `${y(drawn(point.value)) / (HEIGHT / 100)}%` }} />
        {ticks.map((tick) => (
          <span key={tick} className="tick" style={{ top: `${y(tick) / (HEIGHT / 100)}%` }} aria-hidden="true">
            {amountText(String(Math.round(tick)))}
          </span>
        ))}
        {monthsIn(points).map(({ at }) => (
          <span key={at} className="month" style={{ left: `${x(at) / (WIDTH / 100)}%` }} aria-hidden="true">
            {monthText(at)}
          </span>
        ))}
        <input
          type="range"
          aria-label="Day of the equity curve"
          min="0"
          max={points.length - 1}
          value={index}
          aria-valuetext={`${dayText(point.at)}: ${amountText(point.value)}`}
          onChange={({ target }) => choose(target.valueAsNumber)}
          onPointerMove={({ nativeEvent, currentTarget }) =>
            choose(nearest(points, x, (nativeEvent.offsetX / currentTarget.clientWidth) * WIDTH))
          }
          onPointerLeave={() => choose(undefined)}
        />
      </div>
    </div>
  );
}

function nearest(points: Equity["points"], x: (at: string) => number, wanted: number): number {
  const far = points.map(({ at }) => Math.abs(x(at) - wanted));
  return far.indexOf(Math.min(...far));
}
