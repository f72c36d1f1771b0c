// A process of its own for the tests of rotation: rotates a file to the key k2, says each batch, and at a given one waits to be killed.
// node credentials-rotation.child.ts FILE BATCH PAUSE_AT
import { createCredentialRotation, openStorage } from "../src/index.ts";
import { K1, K2 } from "./credentials-support.ts";

const [, , file = "", batch = "", pauseAt = ""] = process.argv;
const storage = await openStorage(`sqlite:${file}`, { keyring: { active: K2, decryptOnly: [K1] } });
let batches = 0;
process.stdout.write("begun\n");
await createCredentialRotation(storage).run({
  batch: Number(batch),
  onProgress: async ({ seen }) => {
    process.stdout.write(`${seen}\n`);
    if (++batches === Number(pauseAt)) await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
});
await storage.close();
