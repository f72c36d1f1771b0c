// A transaction pooler in a hundred lines, as PgBouncer is one: a client's transactions go to two server connections in turn.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A pooler in front of a server. */
export interface Pooler {
  /** The URL to connect to; any password is taken. */
  readonly url: string;
  /** How often a client got another server connection than before. */
  switches(): number;
}

/** One message of the protocol: its letter and all of it. */
interface Message {
  readonly type: string;
  readonly bytes: Buffer;
}

function messages(each: (message: Message) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= rest.readInt32BE(1) + 1) {
      const length = rest.readInt32BE(1) + 1;
      const bytes = rest.subarray(0, length);
      rest = rest.subarray(length);
      each({ type: String.fromCharCode(bytes[0] ?? 0), bytes });
    }
  };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

/** Starts a pooler in front of the server of a URL; it ends with the test. */
export async function transactionPooler(url: string): Promise<Pooler> {
  const target = new URL(url);
  const servers = [await serverConnection(target), await serverConnection(target)];
  let [turn, count] = [0, 0];
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client);
    client.on("error", () => undefined);
    let server: Socket | undefined;
    const toServer = messages(({ type, bytes }) => {
      if (type === "X") return;
      if (server === undefined) {
        server = servers[turn++ % servers.length];
        count++;
        server?.removeAllListeners("data").on("data", fromServer);
      }
      server?.write(bytes);
    });
    const fromServer = messages(({ type, bytes }) => {
      client.write(bytes);
      // Ready, and not in a transaction: the connection is free for anybody's next one.
      if (type === "Z" && String.fromCharCode(bytes[5] ?? 0) === "I") server = undefined;
    });
    client.once("data", () => {
      client.write(Buffer.concat([message("R", Buffer.alloc(4)), message("Z", Buffer.from("I"))]));
      client.on("data", toServer);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  onTestFinished(() => {
    for (const socket of [...servers, ...clients]) socket.destroy();
    listener.close();
  });
  const pooled = new URL(url);
  pooled.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return { url: pooled.href, switches: () => count };
}

async function serverConnection({ hostname, port, username, password, pathname }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname);
  const nonce = randomBytes(12).toString("base64");
  let auth = "";
  const ready = Promise.withResolvers<void>();
  socket.on("error", ready.reject);
  socket.on(
    "data",
    messages(({ type, bytes }) => {
      if (type === "E") ready.reject(new Error(bytes.toString("latin1")));
      if (type === "Z") ready.resolve();
      if (type !== "R") return;
      const kind = bytes.readInt32BE(5);
      if (kind === 10) {
        const first = Buffer.from(`n,,n=,r=${nonce}`);
        const length = Buffer.alloc(4);
        length.writeInt32BE(first.length);
        socket.write(message("p", Buffer.concat([text("SCRAM-SHA-256"), length, first])));
      }
      if (kind === 11) {
        auth = finalMessage(bytes.subarray(9).toString(), nonce, decodeURIComponent(password));
        socket.write(message("p", Buffer.from(auth)));
      }
    }),
  );
  await once(socket, "connect");
  const body = Buffer.concat([
    Buffer.from([0, 3, 0, 0]),
    text("user"),
    text(username),
    text("database"),
    text(pathname.slice(1)),
    Buffer.from([0]),
  ]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  socket.write(Buffer.concat([length, body]));
  await ready.promise;
  return socket;
}

function finalMessage(server: string, nonce: string, password: string): string {
  const part = (name: string): string => new RegExp(`(?:^|,)${name}=([^,]*)`).exec(server)?.[1] ?? "";
  const salted = pbkdf2Sync(password, Buffer.from(part("s"), "base64"), Number(part("i")), 32, "sha256");
  const hmac = (key: Buffer, value: string): Buffer => createHmac("sha256", key).update(value).digest();
  const clientKey = hmac(salted, "Client Key");
  const bare = `c=biws,r=${part("r")}`;
  const signature = hmac(createHash("sha256").update(clientKey).digest(), `n=,r=${nonce},${server},${bare}`);
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0)));
  return `${bare},p=${proof.toString("base64")}`;
}
