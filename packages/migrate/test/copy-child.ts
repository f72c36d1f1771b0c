// One life of a copy that is about to be killed: node copy-child.ts FROM TO BATCH, places as JSON. Says after each batch that it is there.
import { copyDataset } from "@td/migrate";
import { openStorage } from "@td/storage";
import { OPTIONS } from "./copy-tables.ts";

const [from, to, batchSize] = process.argv.slice(2).map((argument) => JSON.parse(argument) as never);
const open = ({ url, ...more }: { readonly url: string }): ReturnType<typeof openStorage> => openStorage(url, { ...OPTIONS, ...more });
const [source, target] = [await open(from as never), await open(to as never)];
process.send?.(0);
await copyDataset(source, target, { batchSize: batchSize as unknown as number, onProgress: ({ rows }) => process.send?.(rows) });
await source.close();
await target.close();
process.disconnect();
