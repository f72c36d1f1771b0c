// Imports and verifies a file in a process whose heap is too small to hold it: node --max-old-space-size=N memory-child.ts SOURCE [PATH]. JSON Lines, or a
// JSON document when a path into it is given. Prints the counts and the peak of its memory.
import { defineImport, importTables, jsonFile, jsonLines, requiredText, runImport, verifyImport } from "@td/migrate";
import { c, defineTable, openStorage } from "@td/storage";
import { peakMemory } from "./peak-memory.ts";
import { z } from "zod";

const notes = defineTable("notes", { userId: c.text(), id: c.text(), length: c.int() }, { primaryKey: ["userId", "id"] });
const [path = "", at] = process.argv.slice(2);
const storage = await openStorage(`sqlite:${path}.db`, { tables: [...importTables, notes] });
const job = defineImport({
  name: "notes",
  source: at === undefined ? jsonLines(path) : jsonFile(path, at),
  schema: z.object({ id: requiredText(), note: z.string() }),
  map: ({ id, note }) => ({ id, length: note.length }),
  into: notes,
});
const { read, written, rejected } = await runImport(storage.forUser("u"), job);
const importMB = peakMemory();
const { verified } = await verifyImport(storage.forUser("u"), job);
await storage.close();
process.stdout.write(JSON.stringify({ read, written, rejected, verified, importMB, peakMB: peakMemory() }));
