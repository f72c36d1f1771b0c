// Front door of @td/prefs/browser/import: what a page needs as long as there are old keys. Load it when it is needed.
export { decoded, EMPTY, unreadable } from "../core/decoded.ts";
export type { Decoded, Decoder } from "../core/decoded.ts";
export { flag, ids, json, names, oneName, switches, text } from "../core/decoders.ts";
export type { NameOptions } from "../core/decoders.ts";
export type { Quarantined } from "../core/import-plan.ts";
export { classifyKeys, move } from "../core/key-rules.ts";
export type { ClassifyOptions, KeyClass, KeyRule, KeyRules, Move, MovedItem } from "../core/key-rules.ts";
export { symbols } from "../core/symbols.ts";
export type { ImportPart, ImportReport } from "../wire.ts";
export { importOnce } from "./import-once.ts";
export type { ImportOptions, ImportOutcome } from "./import-contract.ts";
