// The few things td asks of postgres.js, loaded only when a PostgreSQL database is opened.
import { connect } from "node:net";
import type { Socket } from "node:net";
import type postgres from "postgres";
import { StorageError } from "../errors.ts";

/** One connection: a postgres.js client that has no other and never reconnects. */
export type Client = ReturnType<typeof postgres>;

/** How a connection is made. */
export interface ClientOptions {
  /** Parameters of the server's session, by name. */
  readonly session: Readonly<Record<string, string>>;
  /** Milliseconds to wait for the server to answer. */
  readonly connectTimeoutMs: number;
  /** Called once, when the connection has ended for whatever reason. */
  readonly onClose: () => void;
}

/** Makes a connection; it is opened by its first query. */
export type OpenClient = (url: string, options: ClientOptions) => Client;

// bool, bytea, int2, int4, json, jsonb, float4, float8, date, timestamp, timestamptz: every value travels as the server's own text.
// A JavaScript Date or number in between would lose microseconds and digits.
const CONVERTED = [16, 17, 21, 23, 26, 114, 3802, 700, 701, 1082, 1114, 1184];

/** Loads postgres.js. Throws `driver-missing` when it is not installed. */
export async function loadDriver(): Promise<OpenClient> {
  try {
    const { default: driver } = await import("postgres");
    return (url, options) => openClient(driver, url, options);
  } catch (cause) {
    throw new StorageError(
      "driver-missing",
      "The PostgreSQL driver could not be loaded: install postgres 3.4 or newer beside @td/storage.",
      {
        cause,
      },
    );
  }
}

function openClient(driver: typeof postgres, url: string, { session, connectTimeoutMs, onClose }: ClientOptions): Client {
  const options = {
    max: 1,
    max_lifetime: null,
    fetch_types: false,
    connect_timeout: Math.max(1, Math.ceil(connectTimeoutMs / 1000)),
    socket: singleSocket(connectTimeoutMs),
    connection: session,
    onnotice: () => undefined,
    onclose: onClose,
    types: { wire: { to: 25, from: CONVERTED, serialize: (text: unknown) => text, parse: undefined } },
  };
  // The published types know neither `socket` nor that a type may go without a parser, which leaves the text as it is.
  return driver(url, options as unknown as Parameters<typeof postgres>[1]);
}

interface Place {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path: string | false;
}

// postgres.js reconnects by itself and would run what is left of a transaction on the new connection, outside of it and of its user.
// Its second connection attempt is therefore refused: td makes a new client instead.
function singleSocket(timeoutMs: number): (place: Place) => Promise<Socket> {
  let used = false;
  return async (place) => {
    if (used) throw Object.assign(new Error("the connection was lost"), { code: "CONNECTION_CLOSED" });
    used = true;
    return openSocket(place, timeoutMs);
  };
}

function openSocket({ host, port, path }: Place, timeoutMs: number): Promise<Socket> {
  const [hostName, portNumber] = [host[0] ?? "localhost", port[0] ?? 5432];
  return new Promise((resolve, reject) => {
    const socket = path === false ? connect({ host: hostName, port: portNumber }) : connect({ path });
    const late = setTimeout(() => socket.destroy(Object.assign(new Error("no answer"), { code: "CONNECT_TIMEOUT" })), timeoutMs);
    socket.once("error", reject);
    socket.once("close", () => clearTimeout(late));
    socket.once("connect", () => {
      clearTimeout(late);
      socket.removeListener("error", reject);
      // postgres.js reads them for TLS and for its messages.
      resolve(Object.assign(socket, { host: hostName, port: portNumber }));
    });
  });
}

/** Hears a channel: told each payload, and called back whenever it listens, the first time and after the connection was made anew. */
export type Listen = (
  channel: string,
  heard: (payload: string) => void,
  listening: () => void,
) => Promise<{ readonly unlisten: () => Promise<void> }>;

/** A way to hear channels on one connection, opened at the first and made anew by the driver when it is lost. */
export async function openListen(url: string): Promise<{ readonly listen: Listen; readonly end: () => Promise<void> }> {
  const { default: driver } = await import("postgres");
  const sql = driver(url, { max: 1, fetch_types: false, onnotice: () => undefined, connection: { application_name: "td" } });
  return { listen: (channel, heard, listening) => sql.listen(channel, heard, listening), end: () => sql.end({ timeout: 1 }) };
}
