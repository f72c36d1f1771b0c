import { ask } from "./api.ts";
import { Said } from "./parts.tsx";
import type { Session, User } from "./types.ts";
import { useAction } from "./use-data.ts";

/** The host's login: a demonstration of one. */
export function SignIn({ users, onSession }: { readonly users: readonly User[]; readonly onSession: (session: Session) => void }) {
  const { busy, said, act } = useAction();
  return (
    <main className="sign-in">
      <h1>Desk</h1>
      <p>Who are you? This demonstration asks for no password.</p>
      <div className="who">
        {users.map(({ id, name, role }) => (
          <button
            key={id}
            type="button"
            disabled={busy}
            onClick={() =>
              act(async () => {
                onSession(await ask<Session>("POST", "/session", { user: id }));
                return "";
              })
            }
          >
            <b>{name}</b>
            <span className="note">{role}</span>
          </button>
        ))}
      </div>
      <Said said={said} />
    </main>
  );
}
