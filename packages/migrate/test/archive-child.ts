// The archive's own file is imported, because it starts ten times faster than the package: more kills in the same time.
// One life of an archive that is about to be killed: node archive-child.ts in|out FOLDER SOURCE... Says how far it is after each file.
import { archiveSource, undoArchive } from "../src/archive/archive-source.ts";

const [way, folder = "", ...sources] = process.argv.slice(2);
const onProgress = ({ files }: { readonly files: number }): void => void process.send?.(files);
process.send?.(0);
await (way === "in" ? archiveSource(sources, folder, { onProgress }) : undoArchive(folder, { onProgress }));
process.disconnect();
