import type { Allocation } from "./allocation.ts";
import { Book } from "./book.ts";
import type { Entry } from "./entry.ts";
import type { Fill } from "./fill.ts";
import type { Rules } from "./options.ts";

/** The books of one symbol: one, or one for each account. */
export class SymbolBooks {
  declare readonly symbol: string;
  readonly #rules: Rules;
  readonly #books = new Map<string, Book>();

  constructor(rules: Rules, symbol: string) {
    this.#rules = rules;
    this.symbol = symbol;
  }

  /**
   * Takes the next trade or event of the total order; the allocations that it causes are appended to `out`. A split that one book cannot take is
   * refused (`split-not-exact`) before any book has changed.
   */
  push(entry: Entry, out: Allocation[]): void {
    if ("size" in entry) this.#book(entry.account).push(entry, out);
    else if (entry.kind === "split") for (const apply of Array.from(this.#books.values(), (book) => book.split(entry))) apply(); // every book is asked before any is changed
    else {
      const moved = this.#book(entry.from).takeOut(entry, out);
      this.#book(entry.to).takeIn(moved);
    }
  }

  /** By account, lots before shorts, oldest first. */
  open(): readonly Fill[] {
    const accounts = [...this.#books.keys()].sort();
    return accounts.flatMap((account) => this.#books.get(account)?.open() ?? []);
  }

  restore(fill: Fill): void {
    this.#book(fill.account).restore(fill);
  }

  #book(account: string): Book {
    const key = this.#rules.scope === "account" ? account : "";
    let book = this.#books.get(key);
    if (book === undefined) this.#books.set(key, (book = new Book(this.#rules, this.symbol)));
    return book;
  }
}
