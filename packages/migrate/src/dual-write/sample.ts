// Live reads compared with the other side, behind the host's back: its answer never waits for it and never depends on it.
import { differingFields } from "../core/canonical-fields.ts";
import { inTransaction } from "@td/storage/internal";
import { goOn, timed, type Engine } from "./engine.ts";
import { look } from "./mend.ts";
import { within } from "./second-side.ts";
import { flushReads } from "./switch-phase.ts";

/** Comparisons at once; further reads are not compared. */
const AT_ONCE = 16;

/** Compared reads after which their count is put into the control tables. */
const UNTOLD = 100;

/** Compares a read with the other side, when it is its turn. */
export function sample<T>(engine: Engine<T>, turn: number, key: string, answer: T | undefined): void {
  const { sampleRate, control } = engine.settings;
  const due = Math.floor((turn + 1) * sampleRate) > Math.floor(turn * sampleRate);
  if (!due || engine.behind.size >= AT_ONCE || inTransaction(control)) return;
  goOn(engine, compareRead(engine, key, answer));
}

async function compareRead<T>(engine: Engine<T>, key: string, answer: T | undefined): Promise<void> {
  const { settings, reads } = engine;
  const differing = await differencesOf(engine, key, answer).catch((error: unknown) => {
    settings.onEvent({ kind: "read-failed", key, error });
    return 1;
  });
  reads.compared++;
  reads.different += differing;
  // What was found is for all processes to see; a count of reads without a find may wait.
  if (differing > 0 || reads.compared >= UNTOLD) await flushReads(engine);
}

/** How many differences a read shows, 0 or 1. Rejects when the other side gives no answer: its reader would get none either. */
async function differencesOf<T>(engine: Engine<T>, key: string, answer: T | undefined): Promise<number> {
  const { settings } = engine;
  const other = await within(settings.secondaryTimeoutMs, () => timed(engine, "next").get(key));
  if (answer === undefined && other === undefined) return 0;
  if (answer !== undefined && other !== undefined && differingFields(answer, other, settings.canonical).length === 0) return 0;
  // The two reads were not of one moment: the verdict comes from a look while nobody writes.
  const { divergences } = await look(engine, [key], () => true);
  for (const { fields } of divergences) settings.onEvent({ kind: "read-difference", key, fields });
  return divergences.length;
}
