// What the types of a job let through, and what they stop.
import { decimalText, defineImport, instantText, records, requiredText } from "@td/migrate";
import { fills } from "@td/storage";
import { z } from "zod";

const source = records("types", []);
const schema = z.object({ id: requiredText(), side: z.enum(["buy", "sell"]), size: decimalText(), time: instantText() });
const job = { name: "types", source, schema, into: fills };
const rest = { symbol: "BTC-USD", price: "1", source: "types" };

// A row of the table, with what the schema made of the record; or several.
defineImport({ ...job, map: ({ id, side, size, time }) => ({ ...rest, id, side, quantity: size, executedAt: time }) });
defineImport({ ...job, map: ({ id, side, size, time }) => [{ ...rest, id, side, quantity: size, executedAt: time }] });

// @ts-expect-error a required column is missing
defineImport({ ...job, map: ({ id, side, size }) => ({ ...rest, id, side, quantity: size }) });

// @ts-expect-error a number is no amount
defineImport({ ...job, map: ({ id, side, time }) => ({ ...rest, id, side, quantity: 1, executedAt: time }) });

// @ts-expect-error the schema knows no such field
defineImport({ ...job, map: ({ id, side, size, at }) => ({ ...rest, id, side, quantity: size, executedAt: at }) });

// @ts-expect-error not a reason of the list
requiredText("no-reason");
