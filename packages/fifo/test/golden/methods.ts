// Every case that needs another lot order, short lots or events.
import type { GoldenCase } from "./case.ts";
import { hifoLofoCases } from "./methods-hifo-lofo.ts";
import { lifoCases } from "./methods-lifo.ts";
import { shortCases } from "./methods-shorts.ts";
import { specificCases } from "./methods-specific.ts";
import { splitCases } from "./methods-splits.ts";
import { transferCases } from "./methods-transfers.ts";

export const methodCases: readonly GoldenCase[] = [...lifoCases, ...hifoLofoCases, ...specificCases, ...shortCases, ...splitCases, ...transferCases];
