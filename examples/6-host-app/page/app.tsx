// The page around the views: who is signed in, where one is, and whether updates arrive.
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type SyntheticEvent } from "react";
import { ask } from "./api.ts";
import { BookView } from "./book-view.tsx";
import { createLive, type Live } from "./live.ts";
import { MigrationView } from "./migration-view.tsx";
import { OperationsView } from "./operations-view.tsx";
import { ServiceView } from "./service-view.tsx";
import { SignIn } from "./sign-in.tsx";
import { preferencesOf, ThemeChoice } from "./theme.tsx";
import type { Session, User } from "./types.ts";
import { LiveContext } from "./use-data.ts";

const VIEWS = [
  ["book", "Book", BookView],
  ["service", "Service", ServiceView],
  ["migration", "Migration", MigrationView],
  ["operations", "Operations", OperationsView],
] as const;

/** The page. */
export function App() {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    void ask<Session>("GET", "/session").then(setSession);
  }, []);
  if (session === undefined) return null;
  if (session.user === null || session.cursor === null) return <SignIn users={session.users} onSession={setSession} />;
  return (
    <SignedIn key={session.user.id} user={session.user} cursor={session.cursor} onSignOut={() => setSession({ ...session, user: null })} />
  );
}

function SignedIn({ user, cursor, onSignOut }: { readonly user: User; readonly cursor: string; readonly onSignOut: () => void }) {
  const live = useMemo(() => createLive(cursor, () => location.reload()), [cursor]);
  const preferences = useMemo(() => preferencesOf(user.id), [user.id]);
  const views = VIEWS.filter(([name]) => (name === "operations") === (user.role === "admin"));
  const [name, heading] = useView(views.map(([view]) => view));
  const [, title, View] = views.find(([view]) => view === name) ?? VIEWS[0];
  const toContent = (event: SyntheticEvent): void => {
    event.preventDefault(); // the address names the view
    heading.current?.focus();
  };
  useEffect(() => heading.current?.focus({ preventScroll: true }), [heading]); // what had it at signing in is gone
  const signOut = (): void => void ask("DELETE", "/session").then(() => location.reload(), onSignOut);
  return (
    <LiveContext value={live}>
      <a className="skip" href="#content" onClick={toContent}>
        Skip to the content
      </a>
      <header>
        <div className="bar">
          <p className="brand">Desk</p>
          <nav aria-label="Views">
            {views.map(([view, words]) => (
              <a key={view} href={`#${view}`} aria-current={view === name ? "page" : undefined}>
                {words}
              </a>
            ))}
          </nav>
          <LiveMark live={live} />
          <div className="row account">
            <ThemeChoice preferences={preferences} />
            <span className="user">{user.name}</span>
            <button type="button" className="small" onClick={signOut}>
              Sign out
            </button>
          </div>
        </div>
      </header>
      <main>
        <h1 id="content" ref={heading} tabIndex={-1} className="hidden">
          {title}
        </h1>
        <View />
      </main>
    </LiveContext>
  );
}

/** The view that the address names, and the heading that takes the focus when it changes. */
function useView(names: readonly string[]) {
  const heading = useRef<HTMLHeadingElement>(null);
  const read = (): string => names.find((name) => `#${name}` === location.hash) ?? names[0] ?? "book";
  const [view, setView] = useState(read);
  useEffect(() => {
    const change = (): void => {
      setView(read());
      heading.current?.focus();
      scrollTo(0, 0);
    };
    addEventListener("hashchange", change);
    return () => removeEventListener("hashchange", change);
  });
  return [view, heading] as const;
}

function LiveMark({ live }: { readonly live: Live }) {
  const state = useSyncExternalStore(live.onState, live.state);
  return (
    <p className={`live ${state}`} role="status">
      {state === "live" ? "Live" : "Reconnecting"}
    </p>
  );
}
