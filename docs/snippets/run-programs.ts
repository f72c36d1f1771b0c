// Runs programs one after the other in this one process, each in its folder, and writes down what each printed. Ends when the last of them lets it.
// Arguments: a JSON file with a list of Work; a file to write the list of Outcome to.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A program to run. */
export interface Work {
  /** Absolute path of the folder that it finds itself in. */
  readonly folder: string;
  readonly file: string;
  /** Variables of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** What became of it. */
export interface Outcome {
  readonly printed: string;
  /** How it failed; the empty text for not at all. */
  readonly failure: string;
}

const write = process.stdout.write.bind(process.stdout);
const [list = "", into = ""] = process.argv.slice(2);
const outcomes: Outcome[] = [];
for (const work of JSON.parse(readFileSync(list, "utf8")) as readonly Work[]) outcomes.push(await outcomeOf(work));
writeFileSync(into, JSON.stringify(outcomes));

async function outcomeOf({ folder, file, env }: Work): Promise<Outcome> {
  let printed = "";
  process.stdout.write = (chunk: string | Uint8Array): boolean => ((printed += String(chunk)), true);
  process.chdir(folder);
  Object.assign(process.env, env);
  try {
    await import(join(folder, file));
    return { printed, failure: "" };
  } catch (error) {
    return { printed, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    process.stdout.write = write;
  }
}
