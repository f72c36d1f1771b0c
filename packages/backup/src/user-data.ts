// The directory of an application's own data, apart from its code: made, checked and repaired; only its owner may look into it.
import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Layout } from "./core/layout.ts";
import { nameProblem } from "./core/names.ts";
import { createFile, exists, makeDirectory, setMode } from "./disk.ts";
import { asBackupError, BackupError } from "./errors.ts";
import { walkTree } from "./walk.ts";

/** Something in a data directory that is not as it should be. */
export interface UserDataProblem {
  /** `missing`: a directory of the layout. `mode`: other bits than 700 or 600. `owner`: belongs to another account. `unsupported`: a link, socket or device. */
  readonly kind: "missing" | "mode" | "owner" | "unsupported";
  /** Path below the root; empty for the root itself. */
  readonly path: string;
  /** What is wrong, for people. */
  readonly what: string;
}

/** A data directory with a layout. `K` are the keys of its directories. */
export interface UserData<K extends string = string> {
  /** Absolute path. */
  readonly root: string;
  /** The layout it was given. */
  readonly layout: Layout;
  /** Makes what is missing; leaves what is there. Returns the paths that were made. */
  readonly init: () => Promise<readonly string[]>;
  /** Says what is not as it should be; changes nothing. */
  readonly check: () => Promise<readonly UserDataProblem[]>;
  /** Makes missing directories and sets the bits: 700 for directories, 600 for files. Returns what it could not repair. */
  readonly repair: () => Promise<readonly UserDataProblem[]>;
  /** Absolute path of a directory of the layout, or of a file in it. Throws `invalid-option` for a name that leads out of it. */
  path(key: K, ...names: readonly string[]): string;
}

/** A data directory at `root`. Touches nothing yet. Throws `invalid-option` when a path of the layout leads out of the root. */
export function userData<const L extends Layout>(root: string, layout: L): UserData<Extract<keyof L["directories"], string>> {
  const base = resolve(root);
  for (const path of [...Object.values(layout.directories), ...Object.keys(layout.templates ?? {})]) refuseName(path);
  const wrap =
    <T>(work: () => Promise<T>) =>
    async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw asBackupError(error, `a step on ${base}`);
      }
    };
  return {
    root: base,
    layout,
    init: wrap(() => init(base, layout)),
    check: wrap(() => check(base, layout)),
    repair: wrap(() => repair(base, layout)),
    path: (key, ...names) => {
      const folder = layout.directories[key];
      if (folder === undefined) throw new BackupError("invalid-option", `The layout has no directory ${key}.`);
      for (const name of names) refuseName(name);
      return join(base, folder, ...names);
    },
  };
}

function refuseName(path: string): void {
  const problem = nameProblem(path);
  if (problem !== undefined) throw new BackupError("invalid-option", `The path ${JSON.stringify(path)} ${problem}.`);
}

async function init(root: string, { directories, templates = {} }: Layout): Promise<readonly string[]> {
  const made: string[] = [];
  for (const path of ["", ...Object.values(directories)]) {
    if (await exists(join(root, path))) continue;
    await makeDirectory(join(root, path));
    made.push(path);
  }
  for (const [path, text] of Object.entries(templates)) {
    if (await exists(join(root, path))) continue;
    await makeDirectory(join(root, path, ".."));
    const file = await createFile(join(root, path));
    await file.write(new TextEncoder().encode(text));
    await file.close();
    made.push(path);
  }
  await repair(root, { directories });
  return made;
}

async function check(root: string, { directories }: Layout): Promise<readonly UserDataProblem[]> {
  if (!(await exists(root))) return [{ kind: "missing", path: "", what: `${root} does not exist` }];
  const tree = await walkTree(root);
  const problems: UserDataProblem[] = tree.others.map((path) => ({
    kind: "unsupported",
    path,
    what: "is a link, socket, pipe or device, which no backup can hold",
  }));
  for (const path of Object.values(directories))
    if (!tree.directories.includes(path)) problems.push({ kind: "missing", path, what: "is a directory of the layout" });
  const owner = (await lstat(root)).uid;
  for (const [paths, wanted] of [
    [["", ...tree.directories], 0o700],
    [tree.files.map(({ path }) => path), 0o600],
  ] as const)
    for (const path of paths) problems.push(...(await bits(root, path, wanted, owner)));
  return problems;
}

async function bits(root: string, path: string, wanted: number, owner: number): Promise<UserDataProblem[]> {
  const facts = await lstat(join(root, path)).catch(() => undefined);
  if (facts === undefined) return []; // deleted by the application since the directory was read
  const mode = facts.mode & 0o7777;
  return [
    ...(mode === wanted ? [] : [{ kind: "mode", path, what: `has mode ${mode.toString(8)}, should have ${wanted.toString(8)}` } as const]),
    ...(facts.uid === owner ? [] : [{ kind: "owner", path, what: `belongs to account ${facts.uid}, the root to ${owner}` } as const]),
  ];
}

async function repair(root: string, layout: Layout): Promise<readonly UserDataProblem[]> {
  for (const path of ["", ...Object.values(layout.directories)])
    if (!(await exists(join(root, path)))) await makeDirectory(join(root, path));
  const tree = await walkTree(root);
  for (const { path } of tree.files) await setMode(join(root, path), 0o600);
  for (const path of ["", ...tree.directories]) await setMode(join(root, path), 0o700);
  return (await check(root, layout)).filter(({ kind }) => kind !== "mode");
}
