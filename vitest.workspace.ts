import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Programs that tests start find their TypeScript stripped and compiled: a third of the time of a short one. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "node_modules", ".cache", "compiled");

/** Milliseconds after which a test hangs rather than works; a soak does in one test what takes minutes. */
const TIMEOUT = process.env["TD_DEPTH"] === "soak" ? 1_800_000 : 60_000;

/** With TD_SEED all random tests draw from that seed. */
const seeded = process.env["TD_SEED"] === undefined ? [] : [join(import.meta.dirname, ".ci", "seed.ts")];

/** Files that run in one process share its modules: a third of the time goes into loading them. Whatever they leave behind they clean up. */
const SHARED = { isolate: false } as const;

/** A PostgreSQL server for the run. */
const POSTGRES = { globalSetup: ["@td/testkit/postgres"] };

const project = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: {
    name,
    root: name.startsWith("examples") ? name : `packages/${name}`,
    include: ["test/**/*.test.ts"],
    setupFiles: seeded,
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    env: { NODE_COMPILE_CACHE },
    expect: { poll: { timeout: 20_000 } }, // milliseconds; on a machine with much to do a second is nothing
    ...extra,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2, // vitest leaves one core of two idle; more workers than two only crowd the tests that measure memory
    coverage: {
      provider: "v8",
      include: ["**/src/**/*.ts"], // relative to each project's root
      exclude: ["**/testkit/**"],
      thresholds: { lines: 95, branches: 90 },
    },
    projects: [
      project("fifo", SHARED),
      project("storage", { ...SHARED, ...POSTGRES, setupFiles: [...seeded, "./test/clean-up.ts"] }),
      project("migrate", { ...SHARED, ...POSTGRES }),
      project("prefs", { ...SHARED, ...POSTGRES, setupFiles: [...seeded, "./test/clean-up.ts"] }),
      project("backup", { ...SHARED, ...POSTGRES }),
      project("testkit", { globalSetup: ["./src/postgres.ts"] }),
      project("docs", { root: "docs", ...POSTGRES }),
      project("examples/1-spot-bot"),
      project("examples/2-arena", POSTGRES),
      project("examples/3-trading-service", POSTGRES),
      project("examples/4-user-data"),
      project("examples/5-prefs-browser"),
      project("examples/6-host-app", POSTGRES),
    ],
  },
});
