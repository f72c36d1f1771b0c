import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { random } from "../random.ts";
import { run, SOAK, tempFolder } from "./workbench.ts";

// A machine under load needs its time.
vi.setConfig({ testTimeout: SOAK ? 1_200_000 : 240_000 });

const MAIN = join(import.meta.dirname, "..", "main.ts");

/** Starts the example and kills it a while after it has begun to work; whether it came to its end before. */
async function killedAfter(args: readonly string[], folder: string, ms: number): Promise<boolean> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  while (!existsSync(join(folder, "td.db")) && child.exitCode === null) await sleep(10);
  await Promise.race([sleep(ms), ended]);
  child.kill("SIGKILL");
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(`it failed by itself: ${errors}`);
  return code === 0;
}

test("killed at any moment, the same command goes on to the right end", async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  const dice = random(seed, "kills");
  const out = tempFolder();
  const args = ["--scale", "0.05", "--turns", "4", "--out", out];
  const folder = join(out, "seed-1-scale-0.05");
  // The first one while the bots trade on the blob alone.
  await killedAfter([...args, "--until", "legacy", "--turns", "1000"], folder, dice.between(500, 2500));
  for (let kill = 1; kill < (SOAK ? 30 : 2); kill++) await killedAfter(args, folder, dice.between(0, 4000));
  const report = await run(args).catch((cause: unknown) => {
    throw new Error(`with the seed ${seed}`, { cause });
  });
  expect({ seed, phase: report.phase, blob: report.blobBytes < 200_000 }).toEqual({ seed, phase: "archived", blob: true });
  // With the accounts, which say what is wrong.
  expect({ seed, imports: report.imports, same: report.sameForFrontEnd ?? true, known: report.knownAnswer ?? true }).toMatchObject({
    same: true,
    known: true,
  });
  for (const { botId, closes, closedPositions, openPositions, trades } of report.analytics.bots.filter(
    (bot) => bot.botId !== "bot_delta",
  )) {
    // bot_bravo has an exit whose entry is not there any more.
    const lone = botId === "bot_bravo" ? 1 : 0;
    expect({ seed, botId, closed: closedPositions + lone, opens: openPositions + closedPositions }).toEqual({
      seed,
      botId,
      closed: closes,
      opens: trades - closes,
    });
  }
});

test("Ctrl-C ends it at a safe place and says how to go on", async () => {
  const out = tempFolder();
  const child = spawn(process.execPath, [MAIN, "--scale", "0.05", "--out", out], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  while (!existsSync(join(out, "seed-1-scale-0.05", "td.db"))) await sleep(10);
  child.kill("SIGINT");
  expect([await ended, said]).toEqual([
    130,
    expect.stringContaining("the same command goes on from there:\n   npx -y pnpm@12 exec node examples/2-arena/main.ts --scale 0.05"),
  ]);
});
