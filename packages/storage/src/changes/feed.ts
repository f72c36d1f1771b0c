// Hands committed changes to those who listen. Each listener has a buffer of its own and can hold up nobody else.
import { StorageError } from "../errors.ts";
import type { ChangeEvent, ChangesRequest, RowChange } from "./types.ts";

/** One listener's buffer. */
class Listener {
  readonly #most: number;
  #events: ChangeEvent[] = [];
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  push(event: ChangeEvent): void {
    if (this.#events.length >= this.#most) this.#events = [{ kind: "gap", reason: "overflow" }];
    else this.#events.push(event);
    this.#wake?.();
  }

  take(): ChangeEvent | undefined {
    return this.#events.shift();
  }

  /** Resolves when there is an event, or the signal ends the wait. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#events.length > 0 || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal?.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      signal?.addEventListener("abort", done);
    });
  }
}

/** Those who listen to one user. */
interface Following {
  readonly all: Set<Listener>;
  /** The number of the last commit that was seen; unknown before the first. */
  last: number | undefined;
  /** Commits up to this number were told, or need not be. The database itself has said so. */
  known: number;
  /** Resolves when the user's changes are heard, to what ends that. One for all who listen, so that each change is heard once. */
  hearing: Promise<() => void> | undefined;
}

/** The listeners of one database, by user. */
export class Feed {
  readonly #listeners = new Map<string, Following>();
  readonly #closing = new AbortController();

  /** Whether anyone listens to a user's changes. */
  hears(userId: string): boolean {
    return this.#listeners.has(userId);
  }

  /**
   * Hands on what one commit changed for a user; `sequence` is the commit's number, or the next one when it has none. False when that number
   * was seen before and cannot have been: either this or what came with it then is not true.
   */
  publish(userId: string, changes: readonly RowChange[], sequence?: number): boolean {
    const of = this.#listeners.get(userId);
    if (of === undefined || changes.length === 0) return true;
    const expected = of.last === undefined ? (sequence ?? 1) : of.last + 1;
    const number = sequence ?? expected;
    if (number < expected) return number <= of.known;
    if (number > expected) this.#tell(of.all, { kind: "gap", reason: "missed" });
    of.last = number;
    this.#tell(of.all, { kind: "changed", sequence: number, changes });
    return true;
  }

  /** Tells a gap because what was heard cannot be true, and goes on after the number that the database itself has given, if it has. */
  doubt(userId: string, sequence: number | undefined): void {
    const of = this.#listeners.get(userId);
    if (of === undefined) return;
    if (sequence !== undefined) of.last = of.known = Math.max(of.known, sequence);
    this.#tell(of.all, { kind: "gap", reason: "missed" });
  }

  /** Says that the commits up to a number have been seen; a gap for those who listened before when some were not. */
  caughtUp(userId: string, sequence: number): void {
    const of = this.#listeners.get(userId);
    if (of === undefined) return;
    of.known = Math.max(of.known, sequence);
    if (of.last !== undefined && sequence <= of.last) return;
    if (of.last !== undefined) this.#tell(of.all, { kind: "gap", reason: "missed" });
    of.last = sequence;
  }

  /** Follows a user's changes from now on. `begin` resolves when they are heard, to what ends that. */
  async *follow(userId: string, request: ChangesRequest, begin: () => Promise<() => void>): AsyncGenerator<ChangeEvent> {
    const listener = new Listener(checkedBuffer(request.buffer ?? 1000));
    const signal = AbortSignal.any([this.#closing.signal, ...(request.signal === undefined ? [] : [request.signal])]);
    const of: Following = this.#listeners.get(userId) ?? { all: new Set(), last: undefined, known: 0, hearing: undefined };
    this.#listeners.set(userId, of);
    of.all.add(listener);
    try {
      if (signal.aborted) return;
      await (of.hearing ??= begin());
      request.onListening?.();
      while (!signal.aborted) {
        const event = listener.take();
        if (event === undefined) await listener.wait(signal);
        else yield event;
      }
    } finally {
      of.all.delete(listener);
      if (of.all.size === 0) this.#forget(userId, of);
    }
  }

  /** Ends all feeds. */
  close(): void {
    this.#closing.abort();
  }

  #forget(userId: string, { hearing }: Following): void {
    this.#listeners.delete(userId);
    void hearing?.then(
      (end) => end(),
      () => undefined,
    );
  }

  #tell(listeners: ReadonlySet<Listener>, event: ChangeEvent): void {
    for (const listener of listeners) listener.push(event);
  }
}

function checkedBuffer(buffer: number): number {
  if (Number.isInteger(buffer) && buffer >= 1 && buffer <= 100_000) return buffer;
  throw new StorageError("bad-request", "buffer is an integer from 1 to 100000.");
}
