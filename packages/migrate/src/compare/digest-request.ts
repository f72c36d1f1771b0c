// What a store is asked when it can digest its own records where they lie.

/** Which records are digested, and how finely: buckets of consecutive keys, in rising order. */
export interface DigestRequest {
  /** Records after this key; default from the first. */
  readonly after?: string;
  /** Records up to this key, itself included; default to the last. */
  readonly through?: string;
  /** Records per bucket, the last bucket of a range holding fewer; default all of the range in one bucket, also when there are none. */
  readonly size?: number;
  /** Buckets at most: then the answer need not cover the range. Default as many as it takes. */
  readonly buckets?: number;
}

/** The digest of one bucket of consecutive keys. */
export interface BucketDigest {
  /** Its last key; for a bucket up to the end of a range that names none, `null`. */
  readonly through: string | null;
  /** How many records it holds. */
  readonly count: number;
  /** How records are spelled before they are digested: two buckets are compared only when their forms are the same text. */
  readonly form: string;
  /** The same for the same records in the same form, whatever store holds them. */
  readonly digest: string;
}
