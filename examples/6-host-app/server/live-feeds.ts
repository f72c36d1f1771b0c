// The feeds of all users: opened when first asked for, kept while the host runs.
import type { Storage } from "@td/storage";
import { openLiveFeed, type LiveFeed } from "./live-feed.ts";

/** The feeds of a host. */
export interface LiveFeeds {
  /** The user's feed, listening. */
  of(user: string): Promise<LiveFeed>;
  /** Tells an event of the host's own to those who look, if anybody does. */
  announce(user: string, topic: string, facts?: Readonly<Record<string, unknown>>): void;
  /** Ends all of them. */
  close(): void;
}

/** Feeds over a storage. `kept`: events that each keeps for those who come back. */
export function createLiveFeeds(storage: Storage, kept?: number): LiveFeeds {
  const closing = new AbortController();
  const feeds = new Map<string, { readonly opening: Promise<LiveFeed>; feed?: LiveFeed }>();
  const open = (user: string): Promise<LiveFeed> => {
    const entry: { readonly opening: Promise<LiveFeed>; feed?: LiveFeed } = {
      opening: openLiveFeed(storage.forUser(user), closing.signal, kept),
    };
    feeds.set(user, entry);
    entry.opening.then(
      (feed) => (entry.feed = feed),
      () => feeds.delete(user), // asked again, it is tried again
    );
    return entry.opening;
  };
  return {
    of: (user) => {
      const known = feeds.get(user);
      return known === undefined || known.feed?.ended === true ? open(user) : known.opening;
    },
    announce: (user, topic, facts) => feeds.get(user)?.feed?.announce(topic, facts),
    close: () => closing.abort(),
  };
}
