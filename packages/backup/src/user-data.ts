// The directory of an application's own data.

/** A data directory with a known layout. */
export interface UserData {
  /** Absolute path. */
  readonly root: string;
}
