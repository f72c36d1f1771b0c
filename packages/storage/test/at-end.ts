// What is undone after the tests of a file: files share modules, so `clean-up.ts` does it for each of them.

const cleanups: (() => unknown)[] = [];

/** Runs after the file's tests, the latest first. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** Undoes all that is left. */
export async function undoAll(): Promise<void> {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}
