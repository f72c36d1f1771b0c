import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";
import { ask } from "./api.ts";
import type { Live, Topic } from "./live.ts";

/** The connection that tells what has changed. */
export const LiveContext = createContext<Live | null>(null);

/** What is known of a path's answer. */
export interface Loaded<T> {
  /** The last answer; undefined until the first. */
  readonly data: T | undefined;
  /** Why the last request had none. */
  readonly failure: string | undefined;
}

/** Milliseconds in which changes are gathered before they are read: a service that trades tells several a second. */
const GATHER_MS = 120;

/** What a path answers, read anew when one of the topics has changed; undefined until the first answer. What stood last stays while it is read. */
export function useData<T>(path: string, topics: readonly Topic[]): Loaded<T> {
  const live = useContext(LiveContext);
  const [state, setState] = useState<{ readonly path: string; readonly data?: T; readonly failure?: string }>({ path });
  const key = topics.join();
  useEffect(() => {
    let [over, timer, reading, again]: [boolean, ReturnType<typeof setTimeout> | undefined, boolean, boolean] = [
      false,
      undefined,
      false,
      false,
    ];
    const read = async (): Promise<void> => {
      if (reading) {
        again = true; // what is being read may be older than this change
        return;
      }
      reading = true;
      const next = await ask<T>("GET", path).then(
        (data) => ({ path, data }),
        (error: Error) => ({ path, failure: error.message }),
      );
      reading = false;
      if (over) return;
      setState((before) => ("data" in next ? next : { ...before, ...next }));
      if (again) {
        again = false;
        void read();
      }
    };
    void read();
    const end = live?.subscribe(key.split(",") as Topic[], () => {
      clearTimeout(timer);
      timer = setTimeout(() => void read(), GATHER_MS);
    });
    return () => {
      over = true;
      clearTimeout(timer);
      end?.();
    };
  }, [path, key, live]);
  return state.path === path ? { data: state.data, failure: state.failure } : { data: undefined, failure: undefined };
}

/** Does something on a press: `busy` while it goes on, `said` what came of it, to be read out. */
export function useAction(): {
  readonly busy: boolean;
  readonly said: { readonly text: string; readonly bad: boolean };
  readonly act: (work: () => Promise<string>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState({ text: "", bad: false });
  const going = useRef(false);
  const act = useCallback((work: () => Promise<string>) => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    void work()
      .then(
        (text) => setSaid({ text, bad: false }),
        (error: Error) => setSaid({ text: error.message, bad: true }),
      )
      .finally(() => {
        going.current = false;
        setBusy(false);
      });
  }, []);
  return { busy, said, act };
}
