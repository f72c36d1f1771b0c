// The story S4 from end to end: node main.ts [DIRECTORY]. Without a directory it works in a temporary one and removes it.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { generateAgeKey } from "@td/backup";
import { anotherHost, cleanInstall, housekeeping, migration, powerCut, updates, type Stage } from "./deployments.ts";

const given = process.argv[2];
const place = given === undefined ? mkdtempSync(join(tmpdir(), "td-user-data-")) : resolve(given);
mkdirSync(place, { recursive: true });
try {
  const stage: Stage = { place, key: await generateAgeKey(), say: (line) => console.log(line) };
  await cleanInstall(stage);
  const app = await migration(stage);
  try {
    const archive = await updates(stage, app);
    await powerCut(stage, app, archive);
    await anotherHost(stage, app);
  } finally {
    await app.stop();
  }
  await housekeeping(stage);
} finally {
  if (given === undefined) rmSync(place, { recursive: true });
}
