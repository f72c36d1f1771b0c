// What a store is asked when it can digest its own records. Placeholder: src/compare owns both types and widens them.

/** Which records are digested, and how finely. */
export interface DigestRequest {
  /** Records after this key; default from the first. */
  readonly after?: string;
  /** Records up to this key, itself included; default to the last. */
  readonly through?: string;
  /** How many buckets of consecutive keys, at most. */
  readonly buckets: number;
}

/** The digest of one bucket of consecutive keys. */
export interface BucketDigest {
  /** The last key that may lie in it. */
  readonly through: string;
  /** How many records it holds. */
  readonly count: number;
  /** The same for the same records, whatever store holds them. */
  readonly digest: string;
}
