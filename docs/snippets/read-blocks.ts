// The fenced blocks of a page, in order, with what their first line says of them.

/** A fenced block. */
export interface Block {
  /** Line of its fence in the page, from 1. */
  readonly line: number;
  /** `ts`, `text`, `json`, ...; empty when the fence names none. */
  readonly language: string;
  /** What stands behind the language: a file name, or why a program is not run here. */
  readonly note: string;
  /** The text, without the indentation of the fence. */
  readonly text: string;
}

const FENCED = /^( *)```([\w-]*)[ \t]*(.*)\n([^]*?)^ *```$/gm;

/** Reads the blocks of a page. */
export function readBlocks(page: string): readonly Block[] {
  return Array.from(page.matchAll(FENCED), ({ index, 1: indent = "", 2: language = "", 3: note = "", 4: text = "" }) => ({
    line: page.slice(0, index).split("\n").length,
    language,
    note: note.trim(),
    text: indent === "" ? text : text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}
