// Live reads compared with the other side, behind the host's back: its answer never waits for it and never depends on it.
import { differingFields } from "../core/canonical-fields.ts";
import { inTransaction } from "@td/storage/internal";
import { goOn, timed, type Engine } from "./engine.ts";
import { look } from "./mend.ts";
import { within } from "./second-side.ts";

/** Comparisons at once; further reads are not compared. */
const AT_ONCE = 16;

/** Compares a read with the other side, when it is its turn. */
export function sample<T>(engine: Engine<T>, turn: number, key: string, answer: T | undefined): void {
  const { sampleRate, control } = engine.settings;
  const due = Math.floor((turn + 1) * sampleRate) > Math.floor(turn * sampleRate);
  if (!due || engine.behind.size >= AT_ONCE || inTransaction(control)) return;
  goOn(engine, compareRead(engine, key, answer));
}

async function compareRead<T>(engine: Engine<T>, key: string, answer: T | undefined): Promise<void> {
  const { settings, reads } = engine;
  const other = await within(settings.secondaryTimeoutMs, () => timed(engine, "next").get(key));
  reads.compared++;
  if (answer === undefined && other === undefined) return;
  if (answer !== undefined && other !== undefined && differingFields(answer, other, settings.canonical).length === 0) return;
  // The two reads were not of one moment: the verdict comes from a look while nobody writes.
  const { divergences } = await look(engine, [key], () => true);
  for (const { fields } of divergences) {
    reads.different++;
    settings.onEvent({ kind: "read-difference", key, fields });
  }
}
