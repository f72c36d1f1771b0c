// The way from the blob to the tables, phase by phase, and the way back. Each step can be killed and the story told again: it goes on where it stands.
import { differingFields, importRuns, rollbackImport, type DualWriteStatus, type Phase, type RepairReport } from "@td/migrate";
import { frontEndState, sha256 } from "./front-end.ts";
import { InputError } from "@td/example-shared/failure";
import { importBots, importClosed, importLists, type ListImport } from "./import.ts";
import type { Market } from "./market.ts";
import { pairTrades, type Pairs } from "./pairs.ts";
import { survey } from "./survey.ts";
import { plural } from "@td/example-shared/table";
import type { StepReport } from "./report.ts";
import { CANONICAL, type Side } from "./sides.ts";
import type { Fact } from "./facts.ts";
import { isSlim, slim, type Slimmed } from "./slimming.ts";

/** What the story is told with. */
export interface StoryOptions {
  /** The arena that is worked on. */
  readonly arena: string;
  readonly archive: string;
  readonly sides: readonly Side[];
  readonly market: Market;
  readonly turns: number;
  /** Why rejected entries may stay behind; `null` when nobody has said. */
  readonly signOff: string | null;
  readonly signal: AbortSignal;
  /** Told what begins. */
  readonly say: (text: string) => void;
}

/** What happened. */
export interface Story {
  readonly steps: StepReport[];
  readonly imports: ListImport[];
  /** What belonged together in the blob when it was imported, by bot. */
  readonly pairs: Map<string, Pairs>;
  /** Digests of what the front end was shown before and after each change of phase. */
  readonly shown: { readonly before: string; readonly after: string }[];
  slimmed: Slimmed | null;
}

/** The phases in their order. */
const ORDER: readonly Phase[] = ["legacy", "dual-write", "validate", "cutover", "archived"];

/** The phase that every user has reached. */
export async function phaseOf(sides: readonly Side[]): Promise<Phase> {
  const phases = await Promise.all(sides.map(({ dual }) => dual.status()));
  return ORDER.find((phase) => phases.some((status) => status.phase === phase)) ?? "legacy";
}

/** Goes on to a phase; `slim` goes to the last and slims the blob. */
export async function goOn(options: StoryOptions, until: Phase | "slim"): Promise<Story> {
  const story: Story = { steps: [], imports: [], pairs: new Map(), shown: [], slimmed: null };
  const last = until === "slim" ? "archived" : until;
  for (;;) {
    const phase = await phaseOf(options.sides);
    if (ORDER.indexOf(phase) > ORDER.indexOf(last)) return story;
    const stays = phase === last;
    await workIn(phase, options, story, stays && until !== "slim");
    if (stays) break;
    await advanceAll(phase, options, story);
  }
  if (until === "slim") await slimAndTrade(options, story);
  return story;
}

/** What is done in a phase before it is left. In the last the bots wait until the blob is slimmed: a proof is of one document. */
async function workIn(phase: Phase, options: StoryOptions, story: Story, stays: boolean): Promise<void> {
  const { sides, market, turns, say, signal } = options;
  const own = await inPhase(sides, phase);
  say(`${phase}: ${phase === "legacy" ? "importing while the bots trade" : "the bots trade, both sides are compared"}`);
  if (phase === "legacy") {
    await trade(options, story, phase);
    for (const side of own) await importSide(side, options, story);
    const read = story.imports.reduce((sum, { report }) => sum + report.read, 0);
    story.steps.push({ phase, what: "imported", detail: `${plural(read, "entry", "entries")} of ${plural(story.imports.length, "list")}` });
    requireSignOff(story, options);
    await trade(options, story, phase);
  }
  if (phase === "dual-write") {
    const repaired: RepairReport[] = [];
    for (const { dual } of own) repaired.push(await dual.repair({ keys: "all", by: BY, why: "first filling", signal }));
    const copied = repaired.reduce((sum, report) => sum + report.copied + report.deleted, 0);
    story.steps.push({ phase, what: "caught up", detail: `${plural(copied, "key")} that changed since the import` });
  }
  if (phase === "legacy") return;
  if (phase === "archived") {
    if (stays) await trade(options, story, phase);
    return;
  }
  // One verification runs while the bots trade, so that a key in flight is met.
  const [taken] = await bothEnded(market.trade(turns), verifyAll(own, signal));
  signal.throwIfAborted();
  if (phase === "validate") await readSome(own);
  const keys = await verifyTwice(own, signal);
  story.steps.push(
    { phase, what: "traded", detail: `${plural(taken, "turn")} of the bots` },
    { phase, what: "verified", detail: `${plural(keys, "key")}, all equal` },
  );
}

/** Waits for both, also when one fails: bots that trade on would write to databases that the run has closed. */
async function bothEnded<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}

const BY = "examples/2-arena";

async function inPhase(sides: readonly Side[], phase: Phase): Promise<readonly Side[]> {
  const found: Side[] = [];
  for (const side of sides) if ((await side.dual.status()).phase === phase) found.push(side);
  return found;
}

async function trade({ market, turns, signal }: StoryOptions, story: Story, phase: string): Promise<void> {
  const taken = await market.trade(turns);
  signal.throwIfAborted();
  story.steps.push({ phase, what: "traded", detail: `${plural(taken, "turn")} of the bots` });
}

/** The bots have traded since the start: what there is now is imported. */
async function importSide({ me, bots, pairs }: Side, { arena, signal }: StoryOptions, story: Story): Promise<void> {
  await importBots(me, arena, bots);
  const now = await pairs();
  for (const bot of survey(arena).bots.filter(({ id }) => now.has(id))) {
    const found = now.get(bot.id) ?? pairTrades([], []);
    story.pairs.set(bot.id, found);
    story.imports.push(...(await importLists(me, arena, bot, found, signal)), await importClosed(me, bot.id, found, signal));
  }
}

function requireSignOff({ imports }: Story, { signOff, sides }: StoryOptions): void {
  const kept = imports.reduce((sum, { keptAside }) => sum + keptAside.length, 0);
  if (kept === 0 || signOff !== null || sides.length === 0) return;
  const list = imports.flatMap(({ keptAside }) => keptAside.map(({ place, why }) => `   ${place}: ${why}`));
  throw new InputError(
    "not-signed-off",
    `${plural(kept, "entry", "entries")} of the blob could not be taken:\n${list.slice(0, 20).join("\n")}\nThey are kept whole in td_import_rejects. Mend them in the arena, or say why they may stay behind: --sign-off "the reason".`,
  );
}

async function verifyAll(sides: readonly Side[], signal: AbortSignal): Promise<number> {
  let keys = 0;
  for (const { dual, userId } of sides) {
    const report = await dual.verify({ by: BY, why: "on the way", signal });
    if (!report.clean && report.missing + report.extra + report.different > 0)
      throw new InputError(
        "differs",
        `${userId}: ${report.divergences.length} keys differ, first ${report.divergences[0]?.key ?? ""} (${report.divergences[0]?.kind ?? ""} ${report.divergences[0]?.fields.join(", ") ?? ""}).`,
      );
    keys += report.keys;
  }
  return keys;
}

/** The gates ask for two clean verifications in a row. */
async function verifyTwice(sides: readonly Side[], signal: AbortSignal): Promise<number> {
  for (const { dual } of sides) await dual.repair({ by: BY, why: "keys of failed writes", signal });
  await verifyAll(sides, signal);
  return verifyAll(sides, signal);
}

/** Reads as a front end does; in `validate` each is compared with the other side. */
async function readSome(sides: readonly Side[]): Promise<void> {
  for (const { dual } of sides) {
    for await (const page of dual.scan()) for (const { key } of page.slice(0, READS)) await dual.get(key);
    await dual.settled();
  }
}

/** Reads per array of keys. */
const READS = 5;

async function advanceAll(phase: Phase, options: StoryOptions, story: Story): Promise<void> {
  const { sides, arena, signOff, signal } = options;
  signal.throwIfAborted();
  const before = await shownIn(arena, sides);
  let reached: DualWriteStatus | undefined;
  for (const { dual } of await inPhase(sides, phase))
    reached = await dual.advance({ by: BY, why: "the gates are met", ...(signOff !== null && { signOff }) });
  story.shown.push({ before, after: await shownIn(arena, sides) });
  story.steps.push({ phase, what: "advanced", detail: `to ${reached?.phase ?? ""}` });
}

/** The digest of what the front end is shown. */
async function shownIn(arena: string, sides: readonly Side[]): Promise<string> {
  const stores = sides.map(({ dual, bots }) => ({ store: dual, bots }));
  return sha256(await frontEndState(arena, stores));
}

async function slimAndTrade(options: StoryOptions, story: Story): Promise<void> {
  const { arena, archive, sides, signal, say } = options;
  if (!isSlim(arena)) {
    say("slimming: the bots wait while each list is proved and taken out");
    const before = await shownIn(arena, sides);
    story.slimmed = await slim(arena, sides, archive, signal);
    story.shown.push({ before, after: await shownIn(arena, sides) });
    story.steps.push({ phase: "archived", what: "slimmed", detail: `${plural(story.slimmed.lists, "list")} taken out, each proved` });
  }
  await trade(options, story, "archived");
}

/** Goes one phase back, with every write that was made since. */
export async function goBack(options: StoryOptions): Promise<Story> {
  const { sides, arena } = options;
  const story: Story = { steps: [], imports: [], pairs: new Map(), shown: [], slimmed: null };
  const phase = await latestPhase(sides);
  if (phase === "legacy") {
    story.steps.push({ phase, what: "taken back", detail: `${plural(await takeBackImports(sides), "row")} of the imports` });
    return story;
  }
  const before = await shownIn(arena, sides);
  if (phase === "archived")
    story.steps.push({
      phase,
      what: "put back",
      detail: `${plural(await putBack(sides), "entry", "entries")} of the lists, from the tables`,
    });
  else {
    let reached: DualWriteStatus | undefined;
    for (const { dual } of await inPhase(sides, phase)) reached = await dual.rollback({ by: BY, why: "--back", ...BACK_TO[phase] });
    story.steps.push({ phase, what: "rolled back", detail: `to ${reached?.phase ?? ""}` });
  }
  story.shown.push({ before, after: await shownIn(arena, sides) });
  return story;
}

/** `--back` goes one step at a time. */
const BACK_TO: Readonly<Partial<Record<Phase, { readonly to: Phase }>>> = { cutover: { to: "validate" } };

async function latestPhase(sides: readonly Side[]): Promise<Phase> {
  const phases = await Promise.all(sides.map(({ dual }) => dual.status()));
  return ORDER.findLast((phase) => phases.some((status) => status.phase === phase)) ?? "legacy";
}

/** From `archived` no phase leads back, as the blob is no longer fed: its lists are written anew from the tables, and the old program can start on it. */
async function putBack(sides: readonly Side[]): Promise<number> {
  let entries = 0;
  for (const { legacy, next } of sides) {
    const inBlob = new Map<string, Fact>();
    for await (const page of legacy.scan()) for (const { key, value } of page) inBlob.set(key, value);
    for await (const page of next.scan()) {
      const changed = page
        .filter(({ key, value }) => differingFields(value, inBlob.get(key) ?? {}, CANONICAL).length > 0)
        .toSorted((a, b) => (timeOf(a.value) < timeOf(b.value) ? -1 : 1));
      await legacy.put(changed);
      entries += changed.length;
      for (const { key } of page) inBlob.delete(key);
    }
    await legacy.delete([...inBlob.keys()]);
  }
  return entries;
}

/** New entries go in front of a list, so the oldest is written first. */
function timeOf(fact: Fact): string {
  return fact.kind === "trade" ? fact.executedAt : fact.kind === "decision" ? fact.at : (fact.openedAt ?? "");
}

/** Takes back what the imports wrote: the positions and trades before the bots that they belong to. */
async function takeBackImports(sides: readonly Side[]): Promise<number> {
  let removed = 0;
  for (const { me } of sides) {
    for (const { runId } of await runsOf(me)) removed += (await rollbackImport(me, runId)).removed;
  }
  return removed;
}

async function runsOf(me: Side["me"]): Promise<readonly { readonly runId: string }[]> {
  const runs: { readonly runId: string; readonly startedAt: string }[] = [];
  for await (const page of me.table(importRuns).stream({ where: { status: "completed" } })) runs.push(...page);
  return runs.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}
