// A file that holds one JSON document.
import type { Source } from "./contract.ts";
import { openFile } from "./file.ts";
import { openDocument } from "./json-document.ts";
import { documentPlan, type JsonOptions } from "./json-plan.ts";

/**
 * The values of a JSON document that a path leads to, in the order of the file, whatever its size: `jsonFile(path, "bots[*].orders[*]")`. `[*]` is each element
 * of a list, `.*` each value of an object, `$` the document itself. Several paths take the records of each: a file that is written in two shapes has one for each.
 *
 * UTF-8 with or without byte order mark. Numbers reach the schema as their exact source text. Throws `path-not-found` when nothing stands where the paths lead
 * (an empty list is something), `json-damaged` for a file that is cut off or broken between its records, and `invalid-option` for a path that cannot be read.
 */
export function jsonFile(path: string, at: string | readonly string[], options: JsonOptions = {}): Source {
  const plan = documentPlan("jsonFile", at, options);
  return {
    async open() {
      const file = await openFile(path);
      try {
        return await openDocument("json", file, plan);
      } catch (error) {
        await file.close();
        throw error;
      }
    },
  };
}
