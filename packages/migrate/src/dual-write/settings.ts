// The options of a dual write, checked once, with their defaults.
import { withContentRules } from "../compare/walk-unequal.ts";
import { MigrateError } from "../errors.ts";
import type { GateLimits } from "../core/gates.ts";
import type { DualWriteOptions } from "./contract.ts";

/** Options with nothing left open. */
export interface Settings<T> extends Required<Omit<DualWriteOptions<T>, "gates" | "figures" | "reports">> {
  readonly limits: GateLimits;
  readonly rejects: NonNullable<DualWriteOptions<T>["gates"]>["rejects"];
  readonly figures: DualWriteOptions<T>["figures"];
  readonly reports: string | undefined;
}

/** Throws `invalid-option`. */
export function checkedSettings<T>(options: DualWriteOptions<T>): Settings<T> {
  const { gates = {} } = options;
  if (options.name.length < 1 || options.name.length > 200) throw invalid("name", "text of 1 to 200 characters");
  return {
    name: options.name,
    legacy: options.legacy,
    next: options.next,
    control: options.control,
    canonical: withContentRules(options.legacy, options.next, options.canonical),
    limits: {
      cleanVerifications: within("gates.cleanVerifications", gates.cleanVerifications ?? 2, 0, 1000),
      minTimeMs: within("gates.minTimeMs", gates.minTimeMs ?? 0, 0, MOST),
      errorBudget: within("gates.errorBudget", gates.errorBudget ?? 0.05, 0, 1),
      readDifferences: within("gates.readDifferences", gates.readDifferences ?? 0, 0, MOST),
      comparedReads: within("gates.comparedReads", gates.comparedReads ?? 0, 0, MOST),
    },
    rejects: gates.rejects,
    secondaryTimeoutMs: within("secondaryTimeoutMs", options.secondaryTimeoutMs ?? 5000, 1, LONGEST_TIMER),
    leaseMs: within("leaseMs", options.leaseMs ?? 30_000, 1, MOST),
    waitMs: within("waitMs", options.waitMs ?? 30_000, 0, LONGEST_TIMER),
    switchMs: within("switchMs", options.switchMs ?? 5000, 1, LONGEST_TIMER),
    sampleRate: within("sampleRate", options.sampleRate ?? 1, 0, 1),
    maxDirty: within("maxDirty", options.maxDirty ?? 10_000, 1, MOST),
    maxDelayMs: within("maxDelayMs", options.maxDelayMs ?? 100, 0, LONGEST_TIMER),
    figures: options.figures,
    reports: options.reports,
    onEvent: quietly(options.onEvent ?? (() => undefined)),
    now: options.now ?? (() => new Date()),
  };
}

/** Whoever listens cannot make a write fail that has been made. */
function quietly<E>(listener: (event: E) => void): (event: E) => void {
  return (event) => {
    try {
      listener(event);
    } catch {
      // Said in the option: what it throws is lost.
    }
  };
}

const MOST = 2 ** 53 - 1;
/** Longer timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

function within(option: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw invalid(option, `a number from ${least} to ${most}`);
}

function invalid(option: string, rule: string): MigrateError {
  return new MigrateError("invalid-option", `dualWrite: ${option} must be ${rule}.`, { facts: { option } });
}
