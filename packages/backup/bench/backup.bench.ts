// What create, verify and restore cost beside `tar | zstd -3` (and `| age`, and restic, where installed), by the clock and in CPU, as ratios of medians over interleaved rounds.
// "plain" is what the programs do alone. "by hand" is the same with what td promises done by other programs: a consistent copy, a check by SQLite, SHA-256.
// Each measurement is a process of its own and counts from its start, so that its peak memory is its own; the larger of the peaks of td and of its helper process is shown.
// Run: pnpm --filter @td/backup exec node bench/backup.bench.ts [MB=500] [rounds=1]. TD_BENCH_LOUD=1 shows each measurement.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { generateAgeKey } from "@td/backup";
import { noteRatio } from "@td/testkit/bench";
import { build } from "tsup";

interface Measure {
  readonly ms: number;
  /** CPU of the process and all that it started: on a busy machine the figure to compare. */
  readonly cpuMs: number;
  readonly peakMB: number;
}

/** What a job is compared with. */
interface Job {
  readonly run: () => Measure;
  readonly plain: string;
  readonly byHand?: string;
}

await main(Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 1));

/** Builds the measured piece of work: making JavaScript of TypeScript at each start is no cost of td's. */
async function built(): Promise<string> {
  const here = import.meta.dirname;
  const outDir = join(here, "../node_modules/.bench"); // where the library for age is found
  const entry = { "one-piece": join(here, "one-piece.ts"), "sqlite-process": join(here, "../src/sqlite-process.ts") };
  await build({
    entry,
    outDir,
    format: ["esm"],
    target: "node22",
    noExternal: ["@td/backup"],
    removeNodeProtocol: false,
    config: false,
    clean: true,
    silent: true,
  });
  return join(outDir, "one-piece.js");
}

async function main(megabytes: number, rounds: number): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "td-bench-"));
  try {
    makeTree(join(place, "user_data"), megabytes);
    const jobs = await jobsIn(place);
    const results = new Map<string, Measure[]>([...jobs.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, { run }] of jobs) {
        const measure = run();
        if (process.env["TD_BENCH_LOUD"]) console.error(name, measure);
        results.get(name)?.push(measure);
      }
    const [tree = "?"] = spawnSync("du", ["-sm", join(place, "user_data")], { encoding: "utf8" }).stdout.split("\t");
    print(
      jobs,
      results,
      `${tree.trim()} MB`,
      `archive ${(statSync(newest(join(place, "a"))).size / 1e6).toFixed(1)} MB, median of ${rounds}`,
    );
  } finally {
    rmSync(place, { recursive: true });
  }
}

async function jobsIn(place: string): Promise<Map<string, Job>> {
  const root = join(place, "user_data");
  const piece = await built();
  const { identity, recipient } = await generateAgeKey();
  writeFileSync(join(place, "key"), `${identity}\n`, { mode: 0o600 });
  const has = (...names: readonly string[]): boolean => names.every((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0);
  const shell =
    (...lines: readonly string[]) =>
    (): Measure => {
      const { ms, cpuMs } = timed("bash", ["-c", ["set -euo pipefail", `cd ${place}`, ...lines].join("\n")]);
      return { ms, cpuMs, peakMB: 0 };
    };
  const td =
    (work: string, ...rest: readonly (() => string)[]) =>
    (): Measure => {
      const { ms, cpuMs, said } = timed(process.execPath, ["--no-warnings", piece, work, ...rest.map((value) => value())]);
      return { ms, cpuMs, peakMB: Number(said) };
    };
  const fresh = (folder: string) => (): string => {
    rmSync(join(place, folder), { recursive: true, force: true });
    return join(place, folder);
  };
  const is = (text: string) => (): string => text;
  const target = (): string => join(fresh("r")(), "user_data");
  const archive = (folder: string) => (): string => newest(join(place, folder));
  const jobs = new Map<string, Job>();
  const packed = { plain: "tar | zstd -3" };
  const unpacked = { plain: "its restore" };
  const sealed = { plain: "tar | zstd -3 | age" };
  const unsealed = { plain: "its restore, age" };
  const unpack = "rm -rf out && mkdir out";
  if (has("zstd")) {
    jobs.set(packed.plain, { ...packed, run: shell("tar cf - user_data | zstd -3 -q -f -o plain.tar.zst") });
    jobs.set(unpacked.plain, { ...unpacked, run: shell(unpack, "zstd -dqc plain.tar.zst | tar xf - -C out", "sync -f out") });
  }
  if (has("zstd", "sqlite3", "sha256sum")) {
    const copy = "rm -rf copy && mkdir -p copy/databases && sqlite3 user_data/databases/prices.db '.backup copy/databases/prices.db'";
    const lines = (pragma: string, where: string): string => `sqlite3 ${where}/databases/prices.db 'PRAGMA ${pragma}' | grep -qx ok`;
    const sums =
      "(cd user_data && find . -type f -not -name '*.db' | xargs sha256sum && cd ../copy && sha256sum databases/prices.db) > SHA256";
    const pack = "tar cf - SHA256 -C copy databases -C ../user_data --exclude '*.db' state trades.jsonl | zstd -3 -q -f -o hand.tar.zst";
    jobs.set("tar by hand", { ...packed, run: shell(copy, lines("quick_check", "copy"), sums, pack) });
    const check = ["(cd out && sha256sum --quiet -c SHA256)", lines("integrity_check", "out")];
    jobs.set("restore by hand", { ...unpacked, run: shell(unpack, "zstd -dqc hand.tar.zst | tar xf - -C out", ...check, "sync -f out") });
  }
  if (has("zstd", "age")) {
    jobs.set(sealed.plain, { ...packed, run: shell(`tar cf - user_data | zstd -3 -q | age -r ${recipient} -o plain.age`) });
    jobs.set(unsealed.plain, { ...unpacked, run: shell(unpack, "age -d -i key plain.age | zstd -dqc | tar xf - -C out", "sync -f out") });
  }
  if (has("restic")) {
    const restic = "RESTIC_PASSWORD=x restic -q -r repo";
    jobs.set("restic", { ...sealed, run: shell("rm -rf repo", `${restic} init`, `${restic} backup user_data`) });
    jobs.set("restic restore", { ...unsealed, run: shell("rm -rf out", `${restic} restore latest --target out`, "sync -f out") });
  }
  const made = { ...packed, byHand: "tar by hand" };
  jobs.set("td create", { ...made, run: td("create", is(root), fresh("a")) });
  jobs.set("td verify hashes", { ...packed, run: td("verify", is(root), archive("a")) });
  jobs.set("td verify databases", { ...packed, run: td("verify", is(root), archive("a"), is("databases")) });
  jobs.set("td restore, checking", { ...unpacked, byHand: "restore by hand", run: td("restore", target, archive("a")) });
  const report = (): string => `${archive("a")()}.verified.json`;
  jobs.set("td restore, verified", { ...unpacked, run: td("restore", target, archive("a"), is(""), is(""), report) });
  jobs.set("td create, age", { ...sealed, run: td("create", is(root), fresh("b"), is(recipient)) });
  jobs.set("td restore, age", { ...unsealed, byHand: "restore by hand", run: td("restore", target, archive("b"), is(""), is(identity)) });
  return jobs;
}

function newest(folder: string): string {
  const archives = readdirSync(folder).filter((name) => !name.endsWith(".json"));
  return join(folder, archives.sort().at(-1) ?? "");
}

function print(jobs: ReadonlyMap<string, Job>, results: ReadonlyMap<string, readonly Measure[]>, size: string, facts: string): void {
  console.log(`${size}, ${facts}`);
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const of = (name: string, key: keyof Measure): number => median(results.get(name)?.map((measure) => measure[key]) ?? []);
  for (const [name, { plain, byHand }] of jobs) {
    const ratio = (base: string | undefined, key: keyof Measure): string =>
      (base !== undefined && results.has(base) ? `${(of(name, key) / of(base, key)).toFixed(2)}x` : "-").padStart(6);
    const figures = `${of(name, "ms").toFixed(0).padStart(7)} ms, cpu ${of(name, "cpuMs").toFixed(0).padStart(7)} ms`;
    const beside = [plain, byHand].map((base) => (base === undefined ? "" : `${ratio(base, "ms")} cpu ${ratio(base, "cpuMs")} of ${base}`));
    for (const base of [plain, byHand])
      for (const [clock, key] of [
        ["clock", "ms"],
        ["CPU", "cpuMs"],
      ] as const)
        if (name.startsWith("td ") && base !== undefined && results.has(base))
          noteRatio({
            what: `${name.slice(3)}, ${clock}`,
            size,
            against: base,
            ratio: of(name, key) / of(base, key),
            peakMB: of(name, "peakMB"),
          });
    const peak = of(name, "peakMB") > 0 ? `, peak ${of(name, "peakMB").toFixed(0)} MB` : "";
    console.log(`${name.padEnd(20)} ${figures}${peak}; ${beside.filter((text) => text !== "").join("; ")}`);
  }
}

function timed(program: string, given: readonly string[]): { ms: number; cpuMs: number; said: string } {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$0" "$@"', program, ...given], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${given.join(" ")}\n${stderr}`);
  const [user = 0, system = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { ms: performance.now() - start, cpuMs: (user + system) * 1000, said: stdout };
}

// A trading application's data: prices in SQLite (nine tenths of it), lines of JSON, many small files.
function makeTree(root: string, megabytes: number): void {
  mkdirSync(join(root, "databases"), { recursive: true });
  const database = new DatabaseSync(join(root, "databases/prices.db"));
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE prices (id INTEGER PRIMARY KEY, symbol TEXT, at INTEGER, price TEXT); CREATE INDEX by_symbol ON prices (symbol, at); BEGIN",
  );
  const insert = database.prepare("INSERT INTO prices (symbol, at, price) VALUES (?, ?, ?)");
  let state = 7;
  const random = (): number => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
  for (let row = 0; row < megabytes * 15_000; row++)
    insert.run(`S${row % 97}`, 1_730_000_000_000_000 + row * 1000, (random() * 60_000).toFixed(8));
  database.exec("COMMIT");
  database.close();
  const lines = Array.from({ length: megabytes * 1_000 }, (_, row) =>
    JSON.stringify({ id: row, side: row % 2 ? "buy" : "sell", price: (random() * 60_000).toFixed(8), size: random().toFixed(8) }),
  );
  writeFileSync(join(root, "trades.jsonl"), lines.join("\n"));
  mkdirSync(join(root, "state"));
  for (let file = 0; file < 200; file++) writeFileSync(join(root, `state/${file}.json`), JSON.stringify({ file, value: random() }));
}
