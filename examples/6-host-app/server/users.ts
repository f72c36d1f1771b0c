// Who may sign in. A host has these somewhere of its own; td only ever sees the id.

/** A person. */
export interface DemoUser {
  /** What td calls the user: the first part of every key. */
  readonly id: string;
  readonly name: string;
  /** Admins see the backups and run the jobs. */
  readonly role: "trader" | "admin";
}

/** The people of this demonstration. */
export const DEMO_USERS: readonly DemoUser[] = [
  { id: "asha", name: "Asha Rao", role: "trader" },
  { id: "ben", name: "Ben Okafor", role: "trader" },
  { id: "kim", name: "Kim Lindqvist", role: "admin" },
];

/** Under this id the host keeps what belongs to nobody: the record of its nightly jobs. Nobody can sign in as it. */
export const OPERATIONS = "host:operations";
