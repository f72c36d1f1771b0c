// A setup file: it is run once more for each test file.
import { afterAll } from "vitest";
import { undoAll } from "./at-end.ts";

afterAll(undoAll);
