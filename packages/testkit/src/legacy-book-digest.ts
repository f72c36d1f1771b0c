// SHA-256 over lines joined with "\n", without a final newline, fed in chunks.
import { createHash } from "node:crypto";

/** A digest that grows line by line. */
export interface LineDigest {
  line(text: string): void;
  /** The digest in lower-case hexadecimal; call it once, last. */
  hex(): string;
}

const CHUNK = 65_536;

/** An empty digest. */
export function lineDigest(): LineDigest {
  const hash = createHash("sha256");
  let text = "",
    first = true;
  const flush = () => {
    hash.update(text);
    text = "";
  };
  return {
    line(next) {
      text += first ? next : "\n" + next;
      first = false;
      if (text.length > CHUNK) flush();
    },
    hex() {
      flush();
      return hash.digest("hex");
    },
  };
}
