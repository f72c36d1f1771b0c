// The command of the README: it serves the page until it is interrupted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

test("the example serves its page, and ends at an interrupt leaving nothing", async () => {
  const child = spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "..", "main.ts")], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, "line")) as [string];
  const url = /^Open (http:\/\/127\.0\.0\.1:\d+) and end with Ctrl-C\. The database is (.+)$/.exec(line);
  expect(url).not.toBeNull();
  const page = await fetch(url?.[1] ?? "");
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>Trading settings</title>")]);
  expect((await fetch(`${url?.[1]}/../package.json`)).status).toBe(404);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(existsSync(url?.[2] ?? "")).toBe(false);
});
