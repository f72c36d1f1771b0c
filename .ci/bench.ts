// `pnpm bench [name]`: runs the benchmarks of all packages one after the other, or those whose file name contains the name.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { ROOT } from "./packages.ts";

const wanted = process.argv[2] ?? "";
const files = globSync("packages/*/bench/*.bench.ts", { cwd: ROOT }).filter((file) => file.includes(wanted));
if (files.length === 0) throw new Error(`no benchmark is called ${wanted}`);
const failed = files.filter((file) => {
  console.log(`\n${file}`);
  return spawnSync(process.execPath, ["--expose-gc", file], { cwd: ROOT, stdio: "inherit" }).status !== 0;
});
process.exitCode = failed.length === 0 ? 0 : 1;
