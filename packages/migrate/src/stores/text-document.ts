// Where a text with many records lies: a file, or a column of a database. Stores edit it whole, under a lock, all or nothing.

/** A text that is replaced whole. */
export interface TextDocument {
  /** What messages call it. */
  readonly name: string;
  /** The text and a mark that changes with it, the same object as long as the text stands; `undefined` when there is none yet. */
  read(): Promise<VersionedText | undefined>;
  /**
   * Reads the text, lets `edit` make another of it, and puts that in its place in one step that survives a power loss. Nobody else edits
   * meanwhile, in this process or another. When `edit` gives the same text back, or `undefined`, nothing is written.
   */
  edit(edit: (current: VersionedText | undefined) => string | undefined): Promise<void>;
}

/** A text at a moment. */
export interface VersionedText {
  readonly text: string;
  /** Equal marks mean the same text. */
  readonly mark: string;
}
