// Ctrl-C: the first one asks the work to end at a safe place, the second one ends the process at once (also safe, only less tidy).
import { Stopped } from "./failure.ts";

/** How the process learns that it should stop. */
export interface Stop {
  /** Aborted by the first SIGINT or SIGTERM; its reason is a {@link Stopped}. */
  readonly signal: AbortSignal;
  /** Listens no longer. */
  end(): void;
}

/** Exit codes by the habit of shells. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Starts to listen; `onFirst` tells the person that the wish was heard. */
export function listenForStop(onFirst: () => void): Stop {
  const controller = new AbortController();
  const hear = (name: keyof typeof CODES) => {
    if (controller.signal.aborted) process.exit(CODES[name]);
    controller.abort(new Stopped(CODES[name]));
    onFirst();
  };
  const onInterrupt = () => hear("SIGINT"),
    onTerminate = () => hear("SIGTERM");
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    end: () => void process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate),
  };
}
