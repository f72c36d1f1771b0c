// Dataset digests: the same rows have the same digest in any order, on any engine and in any file.
import { createHash, hash } from "node:crypto";

/** The digest of one table's rows. */
export interface TableDigest {
  /** The table's name. */
  readonly table: string;
  /** How many rows. */
  readonly rows: number;
  /** 64 hex digits: the sum, modulo 2^256, of the SHA-256 of each row's canonical text. */
  readonly digest: string;
}

/** The digest of several tables. */
export interface DatasetDigest {
  /** 64 hex digits over the digests of the tables that have rows. */
  readonly digest: string;
  /** The digest of each table, by name. */
  readonly tables: readonly TableDigest[];
}

/** Collects the digest of one table, row by row. */
export interface DigestCollector {
  /** Adds one row by its canonical text, as `table.canonical(row)` gives it. */
  add(canonical: string): void;
  /** The digest of the rows added so far. */
  result(): TableDigest;
}

const LIMBS = 8;
const LIMB = 2 ** 32;
/** Rows after which the sums are carried: 2^20 additions of 32 bits stay below 2^53. */
const CARRY_EVERY = 2 ** 20;

/** Starts the digest of a table's rows. Nothing is read from a database: any source of canonical rows will do. */
export function collectDigest(table: string): DigestCollector {
  const sums = Array.from({ length: LIMBS }, () => 0);
  let rows = 0;
  return {
    add(canonical) {
      const digest = hash("sha256", canonical, "buffer");
      for (let at = 0; at < LIMBS; at++) sums[at] = (sums[at] ?? 0) + digest.readUInt32BE(at * 4);
      if (++rows % CARRY_EVERY === 0) carry(sums);
    },
    result() {
      carry(sums);
      return { table, rows, digest: sums.map((sum) => sum.toString(16).padStart(8, "0")).join("") };
    },
  };
}

/** Brings each 32-bit place below 2^32, the first being the highest; what leaves the highest is dropped: modulo 2^256. */
function carry(sums: number[]): void {
  let over = 0;
  for (let at = LIMBS - 1; at >= 0; at--) {
    const sum = (sums[at] ?? 0) + over;
    over = Math.floor(sum / LIMB);
    sums[at] = sum - over * LIMB;
  }
}

/** The digest of a dataset from those of its tables. Empty tables do not count: a copy may declare more of them. */
export function combineDigests(tables: readonly TableDigest[]): DatasetDigest {
  const sorted = tables.toSorted((a, b) => (a.table < b.table ? -1 : 1));
  const sum = createHash("sha256");
  for (const { table, rows, digest } of sorted) if (rows > 0) sum.update(`${table} ${rows} ${digest}\n`);
  return { digest: sum.digest("hex"), tables: sorted };
}
