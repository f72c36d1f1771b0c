// How far the work is, on stderr: a line that rewrites itself on a terminal, a line every few seconds elsewhere, nothing for short work.
import { count } from "./table.ts";

/** What one step tells while it runs. */
export interface Step {
  /** `share`: 0 to 1 of the work, `null` when the whole is not known. `done`: units so far, for the rate. */
  update(share: number | null, done: number): void;
  /** Ends the step and clears its line. */
  end(): void;
}

/** Where progress is written. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds without a word at first, then between two updates. */
const ON_TERMINAL = { quiet: 1000, pause: 100 },
  IN_LOG = { quiet: 5000, pause: 5000 };

/** Begins a step; `unit` is what is counted. Short work shows nothing. `clock` gives milliseconds. */
export function beginStep(name: string, unit: string, stream: ProgressStream, clock: () => number = () => performance.now()): Step {
  const terminal = stream.isTTY === true,
    { quiet, pause } = terminal ? ON_TERMINAL : IN_LOG;
  let first: { at: number; share: number; done: number } | undefined,
    shownAt = clock() + quiet - pause,
    open = false;
  return {
    update(share, done) {
      const now = clock();
      first ??= { at: now, share: share ?? 0, done };
      if (now - shownAt < pause) return;
      shownAt = now;
      const text = `${name}: ${sentence(share, done, unit, { seconds: (now - first.at) / 1000, share: (share ?? 0) - first.share, done: done - first.done })}`;
      stream.write(terminal ? `\r${text}\u001b[K` : text + "\n");
      open = terminal;
    },
    end() {
      if (open) stream.write("\r\u001b[K");
      open = false;
    },
  };
}

/** What was done since the first update: a resumed import begins in the middle. */
interface Since {
  readonly seconds: number;
  readonly share: number;
  readonly done: number;
}

function sentence(share: number | null, done: number, unit: string, since: Since): string {
  const rate = since.seconds > 0 ? `, ${count(Math.round(since.done / since.seconds))} ${unit}/s` : "";
  const part = share === null ? "" : `${Math.floor(Math.min(1, share) * 100)}%, `;
  const left = share !== null && since.share > 0 ? `, ${duration(((1 - share) / since.share) * since.seconds)} left` : "";
  return `${part}${count(done)} ${unit}${rate}${left}`;
}

/** "45 s", "3 min 20 s", "1 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
