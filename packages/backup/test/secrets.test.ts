// Credentials, keys and passphrases are in no error, report, event, name, output or clear byte, whatever goes wrong.
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { createBackup, generateAgeKey, postgresDatabase, verifyBackup, type Services } from "../src/index.ts";
import { folder, plant, plantDatabase } from "./workbench.ts";

const CREDENTIAL = "CANARY-broker-secret";
const PASSPHRASE = "CANARY-passphrase";
const PASSWORD = "CANARY-postgres-password";

/** Keeps what a piece of work says, thrown or returned, with causes, stacks and hidden fields. */
function listener(): { readonly heard: string[]; readonly to: (work: Promise<unknown>) => Promise<unknown> } {
  const heard: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, "write").mockImplementation((text) => heard.push(String(text)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
  const to = async (work: Promise<unknown>): Promise<unknown> => {
    const said = await work.catch((error: unknown) => error);
    heard.push(inspect(said, { depth: 20, showHidden: true }), JSON.stringify(said), String(said));
    return said;
  };
  return { heard, to };
}

test("no secret is said, named or left in the clear, in success or in failure", async () => {
  const place = folder();
  const root = join(place, "user_data");
  const to = join(place, "backups");
  plant(root, { "credentials/kalshi/prod/kalshi-auth.txt": `key:${CREDENTIAL}\n`, "state/a.json": "{}" });
  plantDatabase(join(root, "databases/trades.db"), 5);
  const { identity, recipient } = await generateAgeKey();
  const { identity: wrong } = await generateAgeKey();
  const { heard, to: hear } = listener();
  const onProgress = (progress: unknown): void => void heard.push(JSON.stringify(progress));
  const broken: Services = { stop: async () => undefined, start: () => Promise.reject(new Error("does not start")) };
  const backup = createBackup({ root });

  const made = await backup.create({ to, encrypt: { recipients: [recipient] }, onProgress });
  await hear(Promise.resolve(made));
  await hear(backup.create({ to, name: "worded", encrypt: { passphrase: PASSPHRASE }, onProgress }));
  const worded = join(to, readdirSync(to).find((name) => name.startsWith("worded")) ?? "");
  const url = `postgres://app:${PASSWORD}@127.0.0.1:1/trading`;
  await hear(createBackup({ root, databases: [postgresDatabase({ url })] }).create({ to, encrypt: "none" }));
  symlinkSync("/etc/passwd", join(root, "credentials/link"));
  await hear(backup.create({ to, encrypt: { recipients: [recipient] } }));
  rmSync(join(root, "credentials/link"));

  await hear(verifyBackup(made.file, { identities: [identity], onProgress }));
  for (const keys of [{ identities: [wrong] }, { identities: [`${identity}X`] }, { passphrase: PASSPHRASE }, {}])
    await hear(verifyBackup(made.file, { ...keys, record: false }));
  await hear(verifyBackup(worded, { passphrase: `${PASSPHRASE}-wrong`, record: false }));
  const damaged = join(place, "damaged.age");
  writeFileSync(damaged, readFileSync(made.file).subarray(0, -100));
  await hear(verifyBackup(damaged, { identities: [identity] }));

  await hear(backup.planRestore(made.file, { identities: [identity] }));
  await hear(backup.restore(made.file, { identities: [identity], check: () => Promise.reject(new Error("no")), onProgress }));
  await hear(createBackup({ root, services: broken }).restore(made.file, { identities: [identity] }));
  await hear(createBackup({ root, services: broken }).recover());

  const all = readdirSync(place, { recursive: true, encoding: "utf8" });
  const outside = all.filter((path) => !/^(user_data|\.user_data\.td\/(previous|failed)-[^/]*)\//.test(path) && /\.(age|json)$/.test(path));
  expect(outside.length).toBeGreaterThanOrEqual(4);
  const clear = outside.map((path) => readFileSync(join(place, path)).toString("latin1"));
  const said = [...heard, ...all, ...clear].join("\n").toUpperCase();
  expect(said).toContain("KALSHI-AUTH.TXT"); // names of files are said, in errors and events of this process
  for (const secret of [CREDENTIAL, PASSPHRASE, PASSWORD, identity, identity.slice(16), wrong.slice(16)])
    expect(said.includes(secret.toUpperCase())).toBe(false);
  expect(clear.filter((text) => text.includes("kalshi"))).toEqual([]);
});
