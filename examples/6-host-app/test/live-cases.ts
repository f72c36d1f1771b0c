// Live updates: what a browser sees that loses its connection while writes go on. Part of the tests of the server, whose host they use.
import { expect, onTestFinished, test } from "vitest";
import { openStorage } from "@td/storage";
import { WebSocket } from "ws";
import { openLiveFeed, type LiveMessage } from "../server/live-feed.ts";
import type { Person, TestHost } from "./workbench.ts";

const order = (id: string) =>
  ({
    id,
    symbol: "BTC-USD",
    side: "buy",
    orderType: "market",
    quantity: "1",
    status: "pending",
    placedAt: "2026-03-04T12:00:00Z",
  }) as const;

/** The keys of orders that messages tell, in their order. */
const ordersIn = (messages: readonly LiveMessage[]): readonly unknown[] =>
  messages.flatMap((message) =>
    message.type !== "changes"
      ? []
      : message.changes.flatMap((change) => (change.table === "orders" && "key" in change ? [change.key["id"]] : [])),
  );

/** The tests of a host's live updates. */
export function testLiveUpdates(host: () => TestHost, asha: () => Person): void {
  const connect = (after: string, options: { readonly origin?: string; readonly cookie?: string } = {}): WebSocket => {
    const headers = { cookie: asha().cookie, ...options };
    return new WebSocket(`${host().url.replace("http", "ws")}/api/live?after=${after}`, { headers });
  };

  /** Follows from a cursor over as many connections as it takes; `cut` ends the present one without a word. */
  const follow = (after: string) => {
    const messages: LiveMessage[] = [];
    let [cursor, connections] = [after, 0];
    let socket: WebSocket | undefined;
    let done = false;
    onTestFinished(() => {
      done = true;
      socket?.terminate();
    });
    const open = (): void => {
      connections++;
      socket = connect(cursor);
      socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString("utf8")) as LiveMessage;
        messages.push(message);
        cursor = message.cursor;
      });
      socket.on("error", () => undefined);
      socket.on("close", () => (done ? undefined : open()));
    };
    open();
    return { messages, connections: () => connections, cut: () => socket?.terminate() };
  };

  test("a browser that is cut off again and again while writes go on is told everything once, in order", async () => {
    const { cursor } = await asha().ask<{ cursor: string }>("GET", "/session");
    const { orders } = host().host.storage.forUser("asha");
    const { messages, connections, cut } = follow(cursor);
    const tens = process.env["TD_DEPTH"] === "soak" ? 60 : 4;
    const ids = Array.from({ length: tens * 10 }, (_, at) => `cut-${at}`);
    for (let ten = 0; ten < ids.length; ten += 10) {
      for (const [at, id] of ids.slice(ten, ten + 10).entries()) {
        await orders.insert(order(id));
        if (at === 2 || at === 7) cut();
      }
      await expect.poll(() => ordersIn(messages).length, { timeout: 20_000 }).toBe(ten + 10);
    }
    expect(ordersIn(messages)).toEqual(ids);
    expect(messages.some(({ type }) => type === "gap")).toBe(false);
    expect(connections()).toBeGreaterThan(tens);
  });

  test("a cursor that nobody knows any more is answered with a gap, and then with what comes", async () => {
    const { messages } = follow("made-up.7");
    await expect.poll(() => messages.map(({ type }) => type), { timeout: 20_000 }).toEqual(["gap", "hello"]);
    await host().host.storage.forUser("asha").orders.insert(order("after the gap"));
    await host().host.storage.forUser("ben").orders.insert(order("of another"));
    await expect.poll(() => ordersIn(messages), { timeout: 20_000 }).toEqual(["after the gap"]);
  });

  test("a foreign page may not listen, nor may one without a session", async () => {
    const refused = (socket: WebSocket): Promise<string> =>
      new Promise((resolve, reject) => {
        socket.on("error", (error) => resolve(error.message));
        socket.on("open", () => reject(new Error("it was let in")));
      });
    for (const origin of ["https://elsewhere.example", "null"]) expect(await refused(connect("", { origin }))).toContain("403");
    expect(await refused(connect("", { cookie: "" }))).toContain("401");
  });
}

/** The tests of a feed alone. */
export function testLiveFeed(): void {
  test("a feed keeps so many events and no more, and tells who comes back too late", async () => {
    const storage = await openStorage("sqlite::memory:");
    onTestFinished(() => storage.close());
    const me = storage.forUser("ann");
    const feed = await openLiveFeed(me, new AbortController().signal, 3);
    const heard: LiveMessage[] = [];
    const start = feed.cursor;
    feed.follow(undefined, (message) => heard.push(message));
    const cursors: string[] = [];
    for (let at = 0; at < 5; at++) {
      await me.orders.insert(order(`${at}`));
      await expect.poll(() => heard.length).toBe(at + 2);
      cursors.push(feed.cursor);
    }
    const toldAfter = (cursor: string | undefined): readonly unknown[] => {
      const told: LiveMessage[] = [];
      feed.follow(cursor, (message) => told.push(message))();
      return told.map((message) => (message.type === "changes" ? ordersIn([message])[0] : message.type));
    };
    expect(toldAfter(cursors[4])).toEqual(["hello"]);
    expect(toldAfter(cursors[2])).toEqual(["3", "4", "hello"]);
    expect(toldAfter(cursors[1])).toEqual(["2", "3", "4", "hello"]);
    expect(toldAfter(cursors[0])).toEqual(["gap", "hello"]);
    expect(toldAfter(start)).toEqual(["gap", "hello"]);
    expect(toldAfter(`${cursors[4]}9`)).toEqual(["gap", "hello"]);
    feed.announce("ledger");
    expect(heard.at(-1)).toMatchObject({ type: "event", topic: "ledger" });
  });
}
