// An origin for the browser tests: one empty page with the client in it, and the API behind it, on a real port.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { bundleForBrowser } from "@td/testkit";

/** The API of a site. */
export type Handler = (request: Request) => Promise<Response>;

/** What happens to the next requests: served, refused by a closed connection, or stopped for ever before or after they were carried out. */
export type Weather = "fine" | "down" | "lost-request" | "lost-answer";

/** A running origin. */
export interface Site {
  readonly url: string;
  /** Decides about each request of the API by its line (`PUT /imports/…`). */
  weather: (line: string) => Weather;
  /** The requests that were carried out, in order. */
  readonly served: string[];
  close(): Promise<void>;
}

const testPage = fileURLToPath(new URL("browser-page.ts", import.meta.url));

/** Starts an origin for an API below `/api/user`. Its page has the exports of the entry as `td`. */
export async function startSite(handler: Handler, entry = testPage): Promise<Site> {
  const script = await bundleForBrowser(entry, "td");
  const html = `<!doctype html><title>td</title><script>${script.replaceAll("</script", "<\\/script")}</script>`;
  const served: string[] = [];
  const state = { weather: (): Weather => "fine" } as { weather: Site["weather"] };
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!request.url?.startsWith("/api/")) return void response.setHeader("content-type", "text/html").end(html);
    const line = `${request.method} ${request.url.replace("/api/user", "")}`;
    const weather = state.weather(line);
    if (weather === "down") return void request.socket.destroy();
    if (weather === "lost-request") return;
    const reply = await handler(await asRequest(request));
    served.push(line);
    if (weather === "lost-answer") return;
    response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(Buffer.from(await reply.arrayBuffer()));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    served,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function asRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = new Headers(Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  const { method = "GET" } = request;
  const body = method === "GET" || chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  return new Request(`http://127.0.0.1${request.url}`, { method, headers, ...body });
}
