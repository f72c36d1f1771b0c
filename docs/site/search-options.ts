// What the search looks at: the same for the build, which makes the index, and for the page, which reads it.
import type { Options } from "minisearch";

/** A part of a page, as the search knows it. */
export interface SearchEntry {
  /** Address in the site. */
  readonly id: string;
  readonly title: string;
  /** The page and part that it stands in, for people. */
  readonly page: string;
  readonly text: string;
}

/** Words in titles count most, and pages before single names; `dualWrite` is found by `dual` too. */
export const SEARCH_OPTIONS: Options<SearchEntry> = {
  fields: ["title", "text"],
  storeFields: ["title", "page"],
  searchOptions: {
    boost: { title: 4 },
    prefix: true,
    fuzzy: 0.15,
    combineWith: "AND",
    boostDocument: (id) => (String(id).startsWith("api/") ? 1 : 3),
  },
  tokenize: (text) => {
    const words = text.split(/[^\p{L}\p{N}_]+/u).filter((word) => word !== "");
    return words.flatMap((word) => [word, ...(/[a-z][A-Z]/.test(word) ? word.split(/(?<=[a-z])(?=[A-Z])/) : [])]);
  },
};
