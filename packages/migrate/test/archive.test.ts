import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { archiveSource, MigrateError, undoArchive, verifyArchive } from "@td/migrate";
import { describe, expect, it, onTestFinished } from "vitest";
import { depth, folder } from "./workbench.ts";

/** A folder on another device than the temporary one, where the system has such; else on the same. */
function elsewhere(): string {
  const path = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "td-migrate-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const PLACES = [
  ["on one device", folder],
  ["across devices", elsewhere],
] as const;

/** Every file below a folder with its content, by path. */
function tree(root: string): Readonly<Record<string, string>> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(root, name)).isFile());
  return Object.fromEntries(files.toSorted().map((name) => [name, readFileSync(join(root, name), "latin1")]));
}

function legacyTree(files = 5): string {
  const root = join(folder(), "legacy");
  mkdirSync(join(root, "deep", "er"), { recursive: true });
  writeFileSync(join(root, "trades.json"), '{"a":1}');
  chmodSync(join(root, "trades.json"), 0o640);
  for (let at = 0; at < files; at++) writeFileSync(join(root, "deep", at % 2 === 0 ? "er" : ".", `${at}.csv`), `row ${at}\r\n`.repeat(at));
  return root;
}

async function failure(work: Promise<unknown>, code: string): Promise<MigrateError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MigrateError);
  expect((error as MigrateError).code).toBe(code);
  return error as MigrateError;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");

describe.each(PLACES)("an archive %s", (_, place) => {
  it("holds every byte of the source, lists it by SHA-256, and gives it back", async () => {
    const source = legacyTree(),
      before = tree(source),
      to = join(place(), "archive", "2026");
    const report = await archiveSource(source, to);

    expect(existsSync(source)).toBe(false);
    expect(report).toMatchObject({ files: 6, resumed: false, left: [] });
    const manifest = JSON.parse(readFileSync(report.manifest, "utf8")) as { state: string; files: { to: string; sha256: string }[] };
    expect(manifest.state).toBe("complete");
    expect(Object.fromEntries(manifest.files.map((file) => [file.to.replace("legacy/", ""), file.sha256]))).toEqual(
      Object.fromEntries(Object.entries(before).map(([name, text]) => [name, sha256(text)])),
    );
    expect(tree(join(to, "legacy"))).toEqual(before);
    expect(await verifyArchive(to)).toMatchObject({ files: 6 });

    await undoArchive(to);
    expect(tree(source)).toEqual(before);
    expect(statSync(join(source, "trades.json")).mode & 0o777).toBe(0o640);
    expect(existsSync(join(to, "manifest-undone-1.json"))).toBe(true);
    expect((await archiveSource(source, to)).files).toBe(6);
  });

  it(`is complete after ${depth(4, 60)} kills on the way in and on the way out`, { timeout: 600_000 }, async () => {
    const source = legacyTree(60),
      before = tree(source),
      to = join(place(), "archive");
    const live = (way: "in" | "out", files: number, delayMs: number): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const child = fork(join(import.meta.dirname, "archive-child.ts"), [way, to, source], {
          stdio: ["ignore", "ignore", "inherit", "ipc"],
          execArgv: [],
        });
        let said = 0;
        child.on("message", () => {
          if (said++ === files) void sleep(delayMs).then(() => child.kill("SIGKILL"));
        });
        child.on("exit", (code, signal) =>
          code === 0 || signal === "SIGKILL" ? resolve(code === 0) : reject(new Error(`it ended with ${code ?? signal}`)),
        );
      });
    for (let kills = 0; kills < depth(2, 30); kills++) if (await live("in", Math.floor(Math.random() * 12), Math.random() * 3)) break;
    await archiveSource(source, to);
    expect(tree(join(to, "legacy"))).toEqual(before);
    expect(readdirSync(to, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".partial"))).toEqual([]);
    for (let kills = 0; kills < depth(2, 30); kills++) if (await live("out", Math.floor(Math.random() * 12), Math.random() * 3)) break;
    if (existsSync(join(to, "manifest.json"))) await undoArchive(to);
    expect(tree(source)).toEqual(before);
  });

  it("never overwrites: neither a file of the archive nor one that has come back", async () => {
    const source = legacyTree(),
      before = tree(source),
      to = place();
    mkdirSync(join(to, "legacy"));
    writeFileSync(join(to, "legacy", "trades.json"), "mine");
    await failure(archiveSource(source, to), "archive-conflict");
    expect([tree(source), tree(to)]).toEqual([before, { "legacy/trades.json": "mine" }]);

    const other = place();
    await archiveSource(source, other);
    mkdirSync(source);
    writeFileSync(join(source, "trades.json"), "new");
    await failure(undoArchive(other), "archive-conflict");
    expect(readFileSync(join(source, "trades.json"), "utf8")).toBe("new");
    rmSync(join(source, "trades.json"));
    await undoArchive(other);
    expect(tree(source)).toEqual(before);
  });

  // Found by the kills above, once in some hundred runs: between the copy's new name and the end of its first one.
  it("finishes a copy that was killed while it had two names, and leaves a file of the host's that looks like one", async () => {
    const source = legacyTree(),
      to = place(),
      back = join(source, "trades.json");
    writeFileSync(`${back}.partial`, "the host's");
    const before = tree(source);
    await archiveSource(source, to);
    expect(tree(join(to, "legacy"))).toEqual(before);
    mkdirSync(source, { recursive: true });
    writeFileSync(back, before["trades.json"] ?? "");
    linkSync(back, `${back}.${sha256(before["trades.json"] ?? "").slice(0, 12)}.partial`);
    await undoArchive(to);
    expect(tree(source)).toEqual(before);
  });

  it("keeps a file that was written to on the way where it is, and can be undone then", async () => {
    const source = legacyTree(),
      before = tree(source),
      to = place();
    const late = archiveSource(source, to, {
      onProgress: ({ files }) => {
        if (files === 1) writeFileSync(join(source, "trades.json"), '{"a":2}');
      },
    });
    await failure(late, "source-changed");
    expect(readFileSync(join(source, "trades.json"), "utf8")).toBe('{"a":2}');
    writeFileSync(join(source, "trades.json"), before["trades.json"] ?? "");
    await undoArchive(to);
    expect(tree(source)).toEqual(before);
  });

  it("says which file of it was altered, and puts that one nowhere", async () => {
    const source = legacyTree(),
      to = place();
    await archiveSource(source, to);
    writeFileSync(join(to, "legacy", "deep", "3.csv"), "forged");
    expect((await failure(verifyArchive(to), "archive-mismatch")).message).toContain("3.csv");
    await failure(undoArchive(to), "archive-mismatch");
    expect(existsSync(join(source, "deep", "3.csv"))).toBe(false);
  });
});

it("takes the write-ahead log of a database with it, without which its last commits would be lost", async () => {
  const path = join(folder(), "arena.db"),
    to = folder();
  const database = new Database(path);
  database.pragma("journal_mode = wal");
  database.exec("create table t (v text); insert into t values ('late')");
  // A process that was killed leaves its log behind: a copy of the files as they are now.
  const killed = join(folder(), "arena.db");
  for (const end of ["", "-wal"]) writeFileSync(killed + end, readFileSync(path + end));
  database.close();
  expect(await archiveSource([killed], to)).toMatchObject({ files: 2 });
  const copy = new Database(join(to, "arena.db"));
  expect(copy.prepare("select v from t").pluck().all()).toEqual(["late"]);
  copy.close();
});

it("does nothing the second time, refuses other sources in its folder, and sources that are there again", async () => {
  const source = legacyTree(),
    to = folder();
  await archiveSource([source], to);
  expect(await archiveSource([source], to)).toMatchObject({ files: 6, resumed: true });
  await failure(archiveSource([legacyTree()], to), "archive-conflict");
  const one = join(folder(), "one.json"),
    place = folder();
  writeFileSync(one, "1");
  await archiveSource(one, place);
  writeFileSync(one, "2");
  await failure(archiveSource(one, place), "archive-conflict");
  expect(readFileSync(one, "utf8")).toBe("2");
});

it("stops between two files when asked, and goes on from there", async () => {
  const source = legacyTree(20),
    before = tree(source),
    to = folder(),
    stop = new AbortController();
  const onProgress = ({ files }: { readonly files: number }): void => (files === 7 ? stop.abort(new Error("enough")) : undefined);
  await expect(archiveSource(source, to, { signal: stop.signal, onProgress })).rejects.toThrow("enough");
  expect(Object.keys(tree(source))).toHaveLength(Object.keys(before).length - 7);
  expect(await archiveSource(source, to)).toMatchObject({ files: 21, resumed: true });
  expect(tree(join(to, "legacy"))).toEqual(before);
});

it("leaves a folder in place that has got a file which the manifest does not list", async () => {
  const source = legacyTree(),
    to = folder();
  const report = await archiveSource(source, to, {
    onProgress: ({ files, of }) => (files === of ? writeFileSync(join(source, "late.json"), "{}") : undefined),
  });
  expect(report.left).toEqual([source]);
  expect(tree(source)).toEqual({ "late.json": "{}" });
});

it("moves nothing when a source is missing, a link, twice of one name, or around the archive", async () => {
  const source = legacyTree(),
    before = tree(source),
    to = join(folder(), "to");
  await failure(archiveSource([source, join(source, "none")], to), "source-missing");
  await failure(archiveSource([source, legacyTree()], to), "archive-conflict");
  await failure(archiveSource(source, join(source, "archive")), "invalid-option");
  await failure(archiveSource([], to), "invalid-option");
  symlinkSync(join(source, "trades.json"), join(source, "link"));
  await failure(archiveSource(source, to), "source-not-a-file");
  rmSync(join(source, "link"));
  expect(tree(source)).toEqual(before);
  expect(existsSync(to)).toBe(false);
  await failure(undoArchive(to), "not-an-archive");
  mkdirSync(to);
  writeFileSync(join(to, "manifest.json"), '{"format":"td-archive/9"}');
  await failure(undoArchive(to), "not-an-archive");
});
