// The form in which PostgreSQL keeps a password. Made here, so that the password itself never travels and never stands in a server's log.
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const ITERATIONS = 4096;

/** The SCRAM-SHA-256 verifier of a password. */
export async function scramVerifier(password: string): Promise<string> {
  const salt = randomBytes(16);
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, "sha256");
  const stored = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const text = (bytes: Buffer): string => bytes.toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${text(salt)}$${text(stored)}:${text(hmac(salted, "Server Key"))}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
