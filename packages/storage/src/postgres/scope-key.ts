// The key with which td proves to the database whom it has bound a transaction to. It is asked for once, when the storage is opened, and never
// stands in a setting, a statement or an error.
import { createHash, randomBytes } from "node:crypto";
import { StorageError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import { SCOPE_KEY_FOR } from "./scope-wall.ts";

/** Proofs that are remembered. */
const MAX_PROOFS = 1000;

const TAKE = `select "${SCOPE_KEY_FOR}"($1::text)`;

/** The key of one storage: empty until it was taken. */
export class ScopeKey {
  /** What each connection begins with: it shows the server who may ask for the key, and nobody how. */
  readonly promise: string;
  #opener: string | undefined = randomBytes(32).toString("hex");
  #key: Buffer | undefined;
  readonly #proofs = new Map<string, string>();

  constructor() {
    this.promise = createHash("sha256")
      .update(this.#opener ?? "")
      .digest("hex");
  }

  /** Takes the key on a connection that began with the promise. Throws `cannot-open` when something between has dropped that. */
  async take(connection: Connection): Promise<void> {
    const { rows } = await connection.command(TAKE, [this.#opener ?? ""]);
    const key = rows[0]?.[0] ?? undefined;
    if (key === undefined) throw dropped(connection.path);
    this.#key = Buffer.from(key, "hex");
    this.#opener = undefined;
  }

  /** What proves that td has bound a user: the empty text for nobody. */
  proofOf(userId: string): string {
    if (userId === "") return "";
    const found = this.#proofs.get(userId);
    if (found !== undefined) return found;
    const made = this.#mac(userId);
    if (this.#proofs.size >= MAX_PROOFS) this.#proofs.clear();
    this.#proofs.set(userId, made);
    return made;
  }

  /** The name of the channel on which a user's changes are told: whoever has not the key can neither find out nor guess it. */
  channelOf(userId: string): string {
    // An id holds no NUL, so no user's proof is the name of a channel.
    return `td_${this.#mac(`td:changes\0${userId}`).slice(0, 40)}`;
  }

  #mac(text: string): string {
    if (this.#key === undefined) throw new TypeError("the key of the scope was not taken yet");
    return createHash("sha256").update(this.#key).update(text).update(this.#key).digest("hex");
  }
}

function dropped(path: string): StorageError {
  return new StorageError(
    "cannot-open",
    `${path} does not give td the key of its users: a pooler may have dropped the settings that td's connections begin with (connect to the server itself), or the key is gone (run provisionPostgres as the owner).`,
    { facts: { path } },
  );
}
