// A real headless Chromium for tests, out of an npm package: nothing is downloaded beside it and no system library is needed.
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import packed, { inflate } from "@sparticuz/chromium";

/** Why this machine has no Chromium for tests; undefined when it has one. */
export function chromiumMissing(): string | undefined {
  if (process.env["CHROMIUM_PATH"] !== undefined) return undefined;
  if (process.platform === "linux" && process.arch === "x64") return undefined;
  return `no Chromium from npm for ${process.platform} ${process.arch}: set CHROMIUM_PATH to one`;
}

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * What the package sets for small servers. With it all tabs are one process, which ends with the first context, pages may read what is not theirs, and one
 * start in ten ends in a crash (the GPU inside a process that is not the only one).
 */
const UNLIKE_A_USERS = ["--single-process", "--no-zygote", "--disable-web-security", "--disable-site-isolation-trials", "--in-process-gpu"];

/** Starts a browser; the caller closes it. `CHROMIUM_PATH` names another executable than the packed one. */
export async function launchChromium(): Promise<Browser> {
  const own = process.env["CHROMIUM_PATH"];
  if (own !== undefined) return chromium.launch({ executablePath: own, args: ["--no-sandbox", ...QUIET] });
  const home = await unpacked();
  const libraries = [join(home, "al2023", "lib"), process.env["LD_LIBRARY_PATH"] ?? ""].filter((path) => path !== "").join(":");
  const env = { ...definedEnvironment(), LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(home, "fonts.conf"), HOME: home };
  const args = packed.args.filter((flag) => !UNLIKE_A_USERS.includes(flag));
  return chromium.launch({ executablePath: join(home, "chromium"), args: [...args, ...QUIET], env });
}

/** The unpacked browser: made once per machine and user, complete or not there at all, also when two runs start together. */
async function unpacked(): Promise<string> {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
  const home = join(tmpdir(), `td-chromium-${userInfo().uid}-${versionOf(root)}-fonts`);
  if (existsSync(home)) return home;
  const staging = await mkdtemp(join(tmpdir(), "td-chromium-"));
  await inflateAll(join(root, "bin"), staging);
  await writeFile(join(staging, "fonts.conf"), fontsConf(home));
  await rename(staging, home).catch(() => rm(staging, { recursive: true })); // another run was first: its copy is as good
  return home;
}

function versionOf(root: string): string {
  const { version } = createRequire(import.meta.url)(join(root, "package.json")) as { version: string };
  return version;
}

/** The package's own list of folders is that of a server it was made for; without a font Chromium ends at the first text. */
function fontsConf(home: string): string {
  const folders = [join(home, "fonts", "fonts"), "/usr/share/fonts"].map((folder) => `<dir>${folder}</dir>`).join("");
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}<cachedir>${join(home, "cache")}</cachedir></fontconfig>`;
}

/** The package unpacks to the temporary folder of the process, so that is what it is told to be. */
async function inflateAll(bin: string, into: string): Promise<void> {
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = into;
  try {
    const parts = ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"].map((part) => inflate(join(bin, part)));
    await Promise.all(parts);
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
