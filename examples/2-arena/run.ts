// One run: prepares the place, opens both sides, tells the story, describes it.
import type { Choices } from "./args.ts";
import { analytics } from "./analytics.ts";
import type { ListImport } from "./import.ts";
import { knownAnswer } from "./known-answer.ts";
import { market, type ArenaClock } from "./market.ts";
import type { Account, BotImport, Report } from "./report.ts";
import { makeSides } from "./sides.ts";
import { goBack, goOn, phaseOf, type Story } from "./story.ts";
import { survey } from "./survey.ts";
import { openTables } from "./tables.ts";
import { msOf } from "./times.ts";
import { typed, workplace, type Workplace } from "./workplace.ts";

/** What a run is told beside its choices. */
export interface RunOptions {
  readonly signal: AbortSignal;
  /** Told what begins. */
  readonly say: (text: string) => void;
  /** `normal` for tests, which lose nothing when the power fails. Default full. */
  readonly durability?: "full" | "normal";
}

/** Does what was asked for. Throws the signal's reason when it is asked to stop, and td's errors. */
export async function run(choices: Choices, { signal, say, durability = "full" }: RunOptions): Promise<Report> {
  const place = await workplace(choices);
  const storage = await openTables(choices.database, place.database, durability);
  try {
    const clock: ArenaClock = { ms: startOf(place) };
    const blob = { path: place.arena, now: () => new Date(clock.ms) };
    const sides = await makeSides({ storage, blob, bots: place.before.bots, reports: place.reports });
    const bots = market(place.arena, sides, clock, choices.arena.seed, signal);
    // A run that was killed may have left keys half written, in any phase.
    for (const { dual } of sides) await dual.repair({ by: "examples/2-arena", why: "what a killed run left", signal });
    await bots.mend(place.before.updatedAt?.at ?? "");
    const signOff = choices.signOff ?? (place.truth === null ? null : "what the made arena was damaged with, all of it known");
    const options = { arena: place.arena, archive: place.archive, sides, market: bots, turns: choices.turns, signOff, signal, say };
    const story = choices.back ? await goBack(options) : await goOn(options, choices.until);
    const figures = await analytics(storage, sides);
    return {
      ...described(choices, place, story),
      phase: await phaseOf(sides),
      tables: tablesIn(choices, place),
      analytics: figures,
    };
  } finally {
    await storage.close();
  }
}

/** The arena's own clock goes on from its last save. */
function startOf({ arena, before }: Workplace): number {
  const at = survey(arena).updatedAt?.at ?? before.updatedAt?.at;
  return at === undefined ? Date.now() : Number(msOf(at));
}

function tablesIn({ database }: Choices, place: Workplace): string {
  return database === null ? typed(place.database) : "postgres";
}

function described(choices: Choices, place: Workplace, story: Story): Omit<Report, "phase" | "tables" | "analytics"> {
  const { before, truth } = place;
  const imports = botImports(story);
  return {
    format: "td-arena/1",
    input: {
      path: typed(place.input),
      made: choices.input === null ? choices.arena : null,
      bytes: before.bytes,
      walBytes: before.walBytes,
      updatedAt: before.updatedAt,
      bots: before.bots.map(({ id, userId, ownerFrom }) => ({ id, userId, ownerFrom })),
    },
    folder: typed(place.folder),
    steps: story.steps,
    imports,
    keptAside: story.imports.flatMap(({ botId, keptAside }) => keptAside.map((kept) => ({ botId, ...kept }))),
    sameForFrontEnd: story.shown.length === 0 ? null : story.shown.every((shown) => shown.before === shown.after),
    slimmed: story.slimmed === null ? null : { ...story.slimmed, archive: typed(story.slimmed.archive) },
    blobBytes: survey(place.arena).bytes,
    knownAnswer: truth === null || imports.length === 0 ? null : knownAnswer(truth, imports),
  };
}

const NOTHING: Account = { read: 0, written: 0, identical: 0, conflict: 0, rejected: 0 };

/** Of the users whose lists were imported: a run that was killed may have left others in a later phase. */
function botImports({ imports, pairs }: Story): readonly BotImport[] {
  return [...pairs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([botId, { loneCloses, loneOpens }]) => {
      const of = (list: ListImport["list"]): Account => accountOf(imports.find((one) => one.botId === botId && one.list === list));
      return {
        botId,
        orders: of("orders"),
        logs: of("botLogs"),
        openPositions: of("positions"),
        closedPositions: of("closed positions").read,
        loneCloses: loneCloses.length,
        loneOpens: loneOpens.length,
      };
    });
}

function accountOf(done: ListImport | undefined): Account {
  if (done === undefined) return NOTHING;
  const { read, written, identical, conflict, rejected } = done.report;
  return { read, written, identical, conflict, rejected };
}

/** What does not come out as it must, must not look like success. */
export function isRight({ sameForFrontEnd, knownAnswer: known }: Report): boolean {
  return sameForFrontEnd !== false && known !== false;
}
