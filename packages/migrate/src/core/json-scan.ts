// Finds records in a JSON document, byte by byte and in blocks of any size, without building the document: memory holds one record.
import { childPath, intoList, type JsonPath, leadsTo } from "./record-path.ts";

/** What is looked for in a document. */
export interface ScanPlan {
  /** Where the records are. */
  readonly records: readonly JsonPath[];
  /** Fields that records take over from the values around them, by name. */
  readonly carried: Readonly<Record<string, JsonPath>>;
  /** Longest record in bytes. */
  readonly maxRecordBytes: number;
}

/** A record found: its bytes and where it stands. */
export interface FoundRecord {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
  /** What stands around it; `null` for the document itself. */
  readonly frame: Frame | null;
  /** Its key or index there. */
  readonly at: string | number;
  /** Whether it is no record but something that stands where the path wants a list or an object. */
  readonly stray: boolean;
}

/** Why a document cannot be scanned any further. */
export type ScanFailure = "damaged" | "not-found" | "too-long";

/** Makes the error for a failure at a byte. */
export type Fail = (failure: ScanFailure, at: number, what: string) => Error;

interface Target {
  readonly path: JsonPath;
  /** The field it fills; `null` for records. */
  readonly field: string | null;
}

/** What a value is, by the targets that lead to it. */
interface Meaning {
  readonly record: boolean;
  readonly fields: readonly string[];
  readonly on: readonly Target[];
}

/** A list or object that is open, on the way to records. */
export interface Frame {
  readonly parent: Frame | null;
  /** Key or index of it in its parent. */
  readonly at: string | number;
  readonly isList: boolean;
  /** The targets that lead on from here, by the step of this depth. */
  readonly targets: readonly Target[];
  /** Steps from the top. */
  readonly depth: number;
  /** What every child means, when that does not depend on its key. */
  readonly each: Meaning | null;
  /** Key or index of the child at hand. */
  child: string | number;
  /** Children so far. */
  size: number;
  /** The first keys, for messages. */
  readonly keys: string[];
  /** The values that records take over from here; shared by copies of a frame. */
  readonly found: { closed: boolean; readonly values: Map<string, Uint8Array> };
}

/** What comes next: a value, a key, the colon behind it, what stands behind a value; or the rest of the value at hand; or nothing. */
const STATES = { VALUE: 0, KEY: 1, COLON: 2, AFTER: 3, INSIDE: 4, END: 5 } as const;
type State = (typeof STATES)[keyof typeof STATES];
const { VALUE, KEY, COLON, AFTER, INSIDE, END } = STATES;

/** What a value (or key) that is being passed over is wanted for. */
type Use = "record" | "stray" | "fields" | "key" | "nothing";

const NOTHING: Meaning = { record: false, fields: [], on: [] };
const KEYS_NAMED = 12;
const decoder = new TextDecoder();

/** Scans one document. */
export class JsonScanner {
  /** Offset from which bytes are still needed: those before it may be forgotten. */
  keep: number;
  /** Records found since this was last emptied. */
  found: FoundRecord[] = [];
  /** Records found in all. */
  matched = 0;
  /** What stood where a path led no further, as deep as any did: for the message when nothing was found. */
  #there = { depth: -1, what: "nothing" };
  /** Whether a path led to a list or object that is empty: then no records are no mistake. */
  #empty = false;
  readonly #plan: ScanPlan;
  readonly #fail: Fail;
  readonly #targets: readonly Target[];
  #stack: Frame | null = null;
  #state: State = VALUE;
  #fresh = false;
  #position: number;
  // The value or key at hand.
  #use: Use = "nothing";
  #meaning: Meaning = NOTHING;
  #nest = 0;
  #text = false;
  #escaped = false;
  #plain = false;

  constructor(plan: ScanPlan, start: number, fail: Fail) {
    this.#plan = plan;
    this.#fail = fail;
    this.#position = start;
    this.keep = start;
    this.#targets = [
      ...plan.records.map((path) => ({ path, field: null })),
      ...Object.entries(plan.carried).flatMap(([field, path]) => (path.ofKey ? [] : [{ path, field }])),
    ];
  }

  /** A scanner that goes on from the same place by itself; what it finds to be taken over it finds for both. */
  fork(): JsonScanner {
    const copy = new JsonScanner(this.#plan, this.#position, this.#fail);
    const frames: Frame[] = [];
    for (let frame = this.#stack; frame !== null; frame = frame.parent) frames.unshift(frame);
    copy.#stack = frames.reduce<Frame | null>((parent, frame) => ({ ...frame, parent, keys: [...frame.keys] }), null);
    copy.keep = this.keep;
    [copy.#state, copy.#fresh, copy.#use, copy.#meaning] = [this.#state, this.#fresh, this.#use, this.#meaning];
    [copy.#nest, copy.#text, copy.#escaped, copy.#plain] = [this.#nest, this.#text, this.#escaped, this.#plain];
    return copy;
  }

  /** Goes on through bytes of which the first has the offset `base`; all from {@link keep} on must be there. */
  scan(bytes: Uint8Array, base: number): void {
    let i = this.#position - base;
    const length = bytes.length;
    while (i < length) {
      if (this.#state === INSIDE) i = this.#pass(bytes, i, base);
      else {
        const byte = bytes[i] as number;
        if (byte === 32 || byte === 10 || byte === 13 || byte === 9) i++;
        else i = this.#token(byte, i, base);
      }
    }
    this.#position = base + length;
    if (this.#state !== INSIDE || this.#use === "nothing") this.keep = this.#position;
    else if (this.#position - this.keep > this.#plan.maxRecordBytes) throw this.#fail("too-long", this.keep, this.#path());
  }

  /** To be called behind the last byte. Throws when the document is not whole, or when no path led anywhere. */
  end(): void {
    if (this.#state === INSIDE && this.#plain && this.#stack === null) this.#passed(new Uint8Array(0), this.#position, this.#position);
    if (this.#state !== END)
      throw this.#fail("damaged", this.#position, this.#stack === null ? "it holds no value" : `it ends inside ${this.#path()}`);
    if (this.matched === 0 && !this.#empty) throw this.#fail("not-found", 0, this.#there.what);
  }

  /** The path of a record as text. */
  static pathOf({ frame, at }: Pick<FoundRecord, "frame" | "at">): string {
    return frame === null ? "$" : childPath(framePath(frame), at);
  }

  #path(): string {
    return this.#stack === null ? "the document" : childPath(framePath(this.#stack), this.#stack.child);
  }

  #token(byte: number, i: number, base: number): number {
    switch (this.#state) {
      case VALUE:
        if (byte === 93 && this.#fresh && this.#stack?.isList === true) return this.#close(i);
        return this.#value(byte, i, base);
      case KEY:
        if (byte === 125 && this.#fresh) return this.#close(i);
        if (byte !== 34) throw this.#fail("damaged", base + i, `a key is wanted in ${this.#path()}`);
        this.#begin("key", NOTHING, i, base);
        return this.#open(byte, i);
      case COLON:
        if (byte !== 58) throw this.#fail("damaged", base + i, `a colon is wanted behind the key of ${this.#path()}`);
        this.#state = VALUE;
        this.#fresh = false;
        return i + 1;
      case AFTER:
        if (byte === 44) return this.#next(i);
        if (byte === (this.#stack?.isList === true ? 93 : 125)) return this.#close(i);
        throw this.#fail(
          "damaged",
          base + i,
          `a comma or the end of ${this.#stack?.isList === true ? "the list" : "the object"} is wanted behind ${this.#path()}`,
        );
      case INSIDE:
      case END:
        throw this.#fail("damaged", base + i, "there is more behind the end of the document");
    }
  }

  #next(i: number): number {
    const frame = this.#stack;
    this.#fresh = false;
    this.#state = frame?.isList === true ? VALUE : KEY;
    if (frame !== null && frame.isList) frame.child = frame.size;
    return i + 1;
  }

  /** A value begins: a record, something to take over, a way on, or nothing of interest. */
  #value(byte: number, i: number, base: number): number {
    if (byte === 44 || byte === 58 || byte === 93 || byte === 125)
      throw this.#fail("damaged", base + i, `a value is wanted at ${this.#path()}`);
    const frame = this.#stack;
    const meaning = frame === null ? this.#meaningAt(this.#targets, 0) : (frame.each ?? this.#meaningOf(frame));
    if (frame !== null) frame.size++;
    if (meaning.record) this.#begin("record", meaning, i, base);
    else if (meaning.fields.length > 0) this.#begin("fields", meaning, i, base);
    else if (meaning.on.length > 0) {
      if (byte === 123 || byte === 91) return this.#enter(byte === 91, meaning.on, i, base);
      const lost = byte !== 110 && meaning.on.some(({ field }) => field === null);
      this.#begin(lost ? "stray" : "nothing", meaning, i, base);
      this.#note((frame?.depth ?? -1) + 1, `${this.#path()} is ${kindOf(byte)}`);
    } else this.#begin("nothing", meaning, i, base);
    return this.#open(byte, i);
  }

  #meaningOf(frame: Frame): Meaning {
    return this.#meaningAt(
      frame.targets.filter(({ path }) => leadsTo(path.steps[frame.depth], frame.child)),
      frame.depth + 1,
    );
  }

  /** What a value means that these targets lead to with so many steps. */
  #meaningAt(targets: readonly Target[], steps: number): Meaning {
    const there = targets.filter(({ path }) => path.steps.length === steps);
    return {
      record: there.some(({ field }) => field === null),
      fields: there.flatMap(({ field }) => field ?? []),
      on: targets.filter(({ path }) => path.steps.length > steps),
    };
  }

  #enter(isList: boolean, on: readonly Target[], i: number, base: number): number {
    const parent = this.#stack;
    const depth = parent === null ? 0 : parent.depth + 1;
    const targets = on.filter(({ path }) => intoList(path.steps[depth]) === isList);
    if (!targets.some(({ field }) => field === null)) return this.#mismatch(isList, on, i, base);
    const uniform = targets.every(({ path }) => path.steps[depth]?.kind === (isList ? "elements" : "members"));
    this.#stack = {
      parent,
      at: parent?.child ?? "",
      isList,
      targets,
      depth,
      each: uniform ? this.#meaningAt(targets, depth + 1) : null,
      child: isList ? 0 : "",
      size: 0,
      keys: [],
      found: { closed: false, values: new Map() },
    };
    this.#state = isList ? VALUE : KEY;
    this.#fresh = true;
    return i + 1;
  }

  /** A list where an object is wanted, or the other way round. Where a path to records leads there, passing it over would lose them. */
  #mismatch(isList: boolean, on: readonly Target[], i: number, base: number): number {
    const wanted = on.find(({ field }) => field === null);
    if (wanted !== undefined) {
      const here = this.#path();
      const depth = (this.#stack?.depth ?? -1) + 1;
      const what = `${here} is ${isList ? "a list" : "an object"}, where ${wanted.path.text} wants ${intoList(wanted.path.steps[depth]) ? "a list" : "an object"}`;
      throw this.#fail("not-found", base + i, what);
    }
    this.#begin("nothing", NOTHING, i, base);
    return this.#open(isList ? 91 : 123, i);
  }

  #begin(use: Use, meaning: Meaning, i: number, base: number): void {
    this.#use = use;
    this.#meaning = meaning;
    this.keep = base + i;
  }

  /** Goes into a value whose first byte is at `i`. */
  #open(byte: number, i: number): number {
    this.#state = INSIDE;
    this.#escaped = false;
    this.#text = byte === 34;
    this.#plain = byte !== 34 && byte !== 123 && byte !== 91;
    this.#nest = byte === 123 || byte === 91 ? 1 : 0;
    return i + 1;
  }

  /** Passes over the value at hand; where it went to. The hot loop. */
  #pass(bytes: Uint8Array, from: number, base: number): number {
    const length = bytes.length;
    let i = from;
    if (this.#plain) {
      while (i < length && !endsPlain(bytes[i] as number)) i++;
      if (i < length) this.#passed(bytes, i + base, base);
      return i;
    }
    let [text, escaped, nest] = [this.#text, this.#escaped, this.#nest];
    while (i < length) {
      let byte = bytes[i++] as number;
      if (!text) {
        if (byte === 34) text = true;
        else if (byte < 91) continue;
        else if ((byte | 32) === 123) nest++;
        else if ((byte | 32) === 125 && --nest === 0) return this.#left(bytes, i, base);
      } else if (escaped) escaped = false;
      else {
        // Most bytes of a document are inside texts: nothing else is asked of them.
        while (byte !== 34 && byte !== 92 && i < length) byte = bytes[i++] as number;
        if (byte === 92) escaped = true;
        else if (byte === 34) {
          text = false;
          if (nest === 0) return this.#left(bytes, i, base);
        }
      }
    }
    [this.#text, this.#escaped, this.#nest] = [text, escaped, nest];
    return i;
  }

  #left(bytes: Uint8Array, i: number, base: number): number {
    this.#passed(bytes, i + base, base);
    return i;
  }

  /** The value at hand ended before the offset `end`. */
  #passed(bytes: Uint8Array, end: number, base: number): void {
    const start = this.keep;
    const frame = this.#stack;
    this.#state = frame === null ? END : AFTER;
    if (this.#use === "key") this.#key(bytes.subarray(start - base, end - base));
    else if (this.#use === "fields")
      // A copy: `slice` of a Buffer would be a view, and hold the whole block as long as the list or object is open.
      for (const field of this.#meaning.fields) frame?.found.values.set(field, Uint8Array.from(bytes.subarray(start - base, end - base)));
    else if (this.#use === "record" || this.#use === "stray") {
      if (end - start > this.#plan.maxRecordBytes) throw this.#fail("too-long", start, this.#path());
      if (this.#use === "record") this.matched++;
      this.found.push({ start, end, frame, at: frame?.child ?? "", stray: this.#use === "stray" });
    }
  }

  #key(bytes: Uint8Array): void {
    const frame = this.#stack;
    const name = keyText(bytes);
    if (name === undefined) throw this.#fail("damaged", this.keep, `a key of ${this.#path()} cannot be read`);
    if (frame !== null) {
      frame.child = name;
      if (frame.keys.length < KEYS_NAMED) frame.keys.push(name);
    }
    this.#state = COLON;
  }

  #close(i: number): number {
    const frame = this.#stack;
    if (frame !== null) {
      frame.found.closed = true;
      if (frame.size === 0 && frame.each !== null) this.#empty = true;
      else if (frame.each === null || !frame.each.record) this.#note(frame.depth, describe(frame));
      this.#stack = frame.parent;
    }
    this.#state = this.#stack === null ? END : AFTER;
    return i + 1;
  }

  #note(depth: number, what: string): void {
    if (depth > this.#there.depth) this.#there = { depth, what };
  }
}

function framePath(frame: Frame): string {
  return frame.parent === null ? "" : childPath(framePath(frame.parent), frame.at);
}

function describe(frame: Frame): string {
  const where = frame.parent === null ? "at the top there is" : `at ${framePath(frame)} there is`;
  if (frame.isList) return `${where} a list of ${frame.size}`;
  if (frame.size === 0) return `${where} an empty object`;
  const more = frame.size > frame.keys.length ? " and others" : "";
  return `${where} an object with the keys ${frame.keys.join(", ")}${more}`;
}

function kindOf(byte: number): string {
  if (byte === 34) return "a text";
  if (byte === 110) return "null";
  return byte === 116 || byte === 102 ? "true or false" : "a number";
}

function keyText(bytes: Uint8Array): string | undefined {
  try {
    return JSON.parse(decoder.decode(bytes)) as string;
  } catch {
    return undefined;
  }
}

/** Whether a byte ends a number or a word: white space, a comma, a colon, a quote, a bracket. */
function endsPlain(byte: number): boolean {
  return byte <= 32 || byte === 44 || byte === 58 || byte === 34 || (byte | 32) === 123 || (byte | 32) === 125;
}
