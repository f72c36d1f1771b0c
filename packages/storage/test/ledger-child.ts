// A process of its own for the ledger's tests: computes the ledger of `ann` and waits to be killed, or goes on, at a given phase.
// node ledger-child.ts URL PHASE
import { openStorage } from "../src/index.ts";

const [, , url = "", phase = ""] = process.argv;
const storage = await openStorage(url);
await storage.forUser("ann").ledger.compute({
  onProgress: async (progress) => {
    if (progress.phase !== phase) return;
    process.stdout.write("there\n");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
});
await storage.close();
