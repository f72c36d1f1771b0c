// A view for people: declared by its SQL per engine, made anew whenever that SQL changes.
import type { Engine } from "./types.ts";

/** A declared view. Made by {@link defineView}. */
export interface View {
  /** The name in the database. */
  readonly name: string;
  /** The statement that creates the view. */
  ddl(engine: Engine): string;
}

// A view of PostgreSQL reads with the rights of its owner unless told otherwise: it would show every user's rows.
const INVOKER = " with (security_invoker = true)";

/** Declares a view by the select statement that it stands for, per engine. */
export function defineView(name: string, selects: Readonly<Record<Engine, string>>): View {
  const made = (engine: Engine): string => `create view "${name}"${engine === "postgres" ? INVOKER : ""} as\n${selects[engine]}`;
  return { name, ddl: made };
}
