// What create, verify and restore cost beside `tar | zstd -3` (and `| age`, and restic, where installed), as ratios of medians over interleaved rounds.
// Each measurement is a process of its own, so that its peak memory is its own; the peak of td includes none of its helper process, which is shown apart.
// Run: pnpm --filter @td/backup exec node bench/backup.bench.ts [MB=200] [rounds=3]
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createBackup, generateAgeKey, verifyBackup } from "@td/backup";

interface Measure {
  readonly ms: number;
  /** CPU of the process and all that it started: on a busy machine the figure to compare. */
  readonly cpuMs: number;
  readonly peakMB: number;
}

const [mode = "", ...args] = process.argv.slice(2);
if (["create", "restore", "verify"].includes(mode)) await child(mode, args);
else await main(Number(mode === "" ? 200 : mode), Number(args[0] ?? 3));

/** One measured piece of work in a process of its own. */
async function child(work: string, [root = "", to = "", recipient = "", identity = ""]: readonly string[]): Promise<void> {
  const start = performance.now();
  const backup = createBackup({ root });
  const keys = identity === "" ? {} : { identities: [identity] };
  if (work === "create")
    await backup.create({
      to,
      encrypt: recipient === "" ? "none" : { recipients: [recipient] },
      check: recipient === "unchecked" ? "none" : "quick",
    });
  else if (work === "restore") await backup.restore(to, keys);
  else await verifyBackup(to, { ...keys, level: "hashes", record: false });
  console.log(
    JSON.stringify({ ms: performance.now() - start, peakMB: process.resourceUsage().maxRSS / 1024 } satisfies Omit<Measure, "cpuMs">),
  );
}

async function main(megabytes: number, rounds: number): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "td-bench-"));
  try {
    const root = join(place, "user_data");
    makeTree(root, megabytes);
    const { identity, recipient } = await generateAgeKey();
    const has = (name: string): boolean => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
    const jobs = new Map<string, () => Measure>();
    const archive = join(place, "plain.tar.zst");
    const sealed = join(place, "plain.tar.zst.age");
    const shell = (text: string): Measure => ({ ...timed("sh", ["-c", text]), peakMB: 0 });
    writeFileSync(join(place, "key"), `${identity}\n`, { mode: 0o600 });
    if (has("zstd")) {
      jobs.set("tar | zstd -3", () => shell(`tar cf - -C ${place} user_data | zstd -3 -q -f -o ${archive}`));
      jobs.set("its restore", () =>
        shell(`rm -rf ${place}/out && mkdir ${place}/out && zstd -dqc ${archive} | tar xf - -C ${place}/out && sync -f ${place}/out`),
      );
    }
    if (has("zstd") && has("age")) {
      jobs.set("tar | zstd -3 | age", () => shell(`tar cf - -C ${place} user_data | zstd -3 -q | age -r ${recipient} -o ${sealed}`));
      jobs.set("its restore, age", () =>
        shell(
          `rm -rf ${place}/out && mkdir ${place}/out && age -d -i ${place}/key ${sealed} | zstd -dqc | tar xf - -C ${place}/out && sync -f ${place}/out`,
        ),
      );
    }
    if (has("restic"))
      jobs.set("restic", () =>
        shell(
          `rm -rf ${place}/repo; export RESTIC_PASSWORD=x; restic init -q -r ${place}/repo && restic backup -q -r ${place}/repo ${root}`,
        ),
      );
    const td = (work: string, ...rest: string[]): Measure => {
      const { cpuMs, said } = timed(process.execPath, ["--no-warnings", import.meta.filename, work, ...rest]);
      return { ...(JSON.parse(said) as Measure), cpuMs };
    };
    const newest = (folder: string): string => join(folder, readdirSync(folder).sort().at(-1) ?? "");
    const fresh = (folder: string): string => {
      rmSync(folder, { recursive: true, force: true });
      return folder;
    };
    jobs.set("td create", () => td("create", root, fresh(join(place, "a"))));
    jobs.set("td verify", () => td("verify", root, newest(join(place, "a"))));
    jobs.set("td restore", () => td("restore", join(fresh(join(place, "r")), "user_data"), newest(join(place, "a"))));
    jobs.set("td create, age", () => td("create", root, fresh(join(place, "b")), recipient));
    jobs.set("td restore, age", () => td("restore", join(fresh(join(place, "r")), "user_data"), newest(join(place, "b")), "", identity));
    const results = new Map<string, Measure[]>([...jobs.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, run] of jobs) {
        const measure = run();
        if (process.env["TD_BENCH_LOUD"]) console.error(name, measure);
        results.get(name)?.push(measure);
      }
    print(results, statSync(newest(join(place, "a"))).size);
  } finally {
    rmSync(place, { recursive: true });
  }
}

function print(results: ReadonlyMap<string, readonly Measure[]>, bytes: number): void {
  console.log(`archive ${(bytes / 1e6).toFixed(1)} MB`);
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const of = (name: string, key: keyof Measure): number => median(results.get(name)?.map((measure) => measure[key]) ?? []);
  for (const name of results.keys()) {
    const base = name.includes("restore") ? "its restore" : "tar | zstd -3";
    const ratio = (key: keyof Measure): string => (results.has(base) ? `${(of(name, key) / of(base, key)).toFixed(2)}x` : "-").padStart(6);
    console.log(
      `${name.padEnd(20)} wall ${of(name, "ms").toFixed(0).padStart(6)} ms ${ratio("ms")}, cpu ${of(name, "cpuMs").toFixed(0).padStart(6)} ms ${ratio("cpuMs")} of ${base}, peak ${of(name, "peakMB").toFixed(0)} MB`,
    );
  }
}

function timed(program: string, given: readonly string[]): { ms: number; cpuMs: number; said: string } {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync("bash", ["-c", 'TIMEFORMAT="%U %S"; time "$0" "$@"', program, ...given], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const [user = 0, system = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { ms: performance.now() - start, cpuMs: (user + system) * 1000, said: stdout };
}

// A trading application's data: prices and trades in SQLite, lines of JSON, many small files.
function makeTree(root: string, megabytes: number): void {
  mkdirSync(join(root, "databases"), { recursive: true });
  const database = new DatabaseSync(join(root, "databases/prices.db"));
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE prices (id INTEGER PRIMARY KEY, symbol TEXT, at INTEGER, price TEXT); CREATE INDEX by_symbol ON prices (symbol, at); BEGIN",
  );
  const insert = database.prepare("INSERT INTO prices (symbol, at, price) VALUES (?, ?, ?)");
  let state = 7;
  const random = (): number => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
  for (let row = 0; row < megabytes * 11_000; row++)
    insert.run(`S${row % 97}`, 1_730_000_000_000_000 + row * 1000, (random() * 60_000).toFixed(8));
  database.exec("COMMIT");
  database.close();
  const lines = Array.from({ length: megabytes * 400 }, (_, row) =>
    JSON.stringify({ id: row, side: row % 2 ? "buy" : "sell", price: (random() * 60_000).toFixed(8), size: random().toFixed(8) }),
  );
  writeFileSync(join(root, "trades.jsonl"), lines.join("\n"));
  mkdirSync(join(root, "state"));
  for (let file = 0; file < 200; file++) writeFileSync(join(root, `state/${file}.json`), JSON.stringify({ file, value: random() }));
}
