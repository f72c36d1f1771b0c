// `pnpm bench [name]`: runs the benchmarks of all packages one after the other, or those whose file name contains the name. A run of all of them
// that ends well writes their table to docs/benchmarks.md.
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "./packages.ts";

/** A line that a benchmark noted: packages/testkit/src/bench.ts. */
interface Line {
  readonly what: string;
  readonly size: string;
  readonly against: string;
  readonly ratio: number;
  readonly peakMB?: number;
}

interface Result {
  readonly file: string;
  readonly lines: readonly Line[];
  /** Of the benchmark's whole process, what it is compared with included. */
  readonly peakMB: number | undefined;
  readonly seconds: number;
  readonly status: number | null;
}

const wanted = process.argv[2] ?? "";
const files = globSync("packages/*/bench/*.bench.ts", { cwd: ROOT })
  .filter((file) => file.includes(wanted))
  .sort();
if (files.length === 0) throw new Error(`no benchmark is called ${wanted}`);

const work = mkdtempSync(join(tmpdir(), "td-bench-"));
const results: Result[] = [];
for (const file of files) results.push(await run(file));
rmSync(work, { recursive: true });

const failed = results.filter(({ status }) => status !== 0).map(({ file }) => file);
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
else if (wanted === "") {
  writeFileSync(join(ROOT, "docs", "benchmarks.md"), page(results));
  console.log("\ndocs/benchmarks.md is written");
} else console.log(`\n${table(results).join("\n")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function run(file: string): Promise<Result> {
  console.log(`\n${file}`);
  const notes = join(work, `${file.replaceAll("/", "-")}.jsonl`);
  const start = performance.now();
  const child = spawn(process.execPath, ["--expose-gc", "--import", join(import.meta.dirname, "bench-memory.ts"), file], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, TD_BENCH: notes },
  });
  const status = await new Promise<number | null>((resolve) => child.on("exit", resolve));
  const noted = status === 0 ? readNotes(notes) : [];
  const own = noted.find((note) => "pid" in note && note.pid === child.pid);
  const lines = noted.filter((note): note is Line => "what" in note);
  return { file, lines, peakMB: own?.peakMB, seconds: (performance.now() - start) / 1000, status };
}

function readNotes(file: string): readonly (Line | { readonly pid: number; readonly peakMB: number })[] {
  const texts = readFileSync(file, "utf8").trim().split("\n");
  return texts.map((text) => JSON.parse(text) as Line | { readonly pid: number; readonly peakMB: number });
}

function page(all: readonly Result[]): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}, Node ${process.version}`;
  return `# Benchmarks

What td costs, as ratios to something that was measured in the same run: below 1 is cheaper than that. \`npx -y pnpm@12 bench\` measures all of it
again and writes this page; \`npx -y pnpm@12 bench NAME\` runs one benchmark and prints more, absolute figures included. Other work on the machine
moves a ratio by a tenth or two: read several runs. Peak memory is resident; where it is marked "all", it is that of the benchmark's whole process,
both sides and their data included.

Measured on ${machine}.

${table(all).join("\n")}
`;
}

function table(all: readonly Result[]): string[] {
  const rows = all.flatMap(({ file, lines, peakMB }) =>
    lines.map((line) => {
      const memory = line.peakMB === undefined ? `${peakMB ?? "?"} MB all` : `${Math.round(line.peakMB)} MB`;
      return `| ${cell(line.what)} | ${line.size} | ${line.ratio.toFixed(2)} | ${cell(line.against)} | ${memory} | \`${nameOf(file)}\` |`;
    }),
  );
  return ["| what | size | ratio | to | peak memory | benchmark |", "| --- | --- | ---: | --- | ---: | --- |", ...rows];
}

/** A text whose own bars end no cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** "migrate import" of packages/migrate/bench/import.bench.ts. */
function nameOf(file: string): string {
  const [, folder = "", , name = ""] = file.split("/");
  return `${folder} ${name.replace(".bench.ts", "")}`;
}
