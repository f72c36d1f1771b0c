// A view for people: declared by its SQL per engine, made anew whenever that SQL changes.
import type { Engine } from "./types.ts";

/** A declared view. Made by {@link defineView}. */
export interface View {
  /** The name in the database. */
  readonly name: string;
  /** The statement that creates the view. */
  ddl(engine: Engine): string;
}

/** Declares a view by the select statement that it stands for, per engine. */
export function defineView(name: string, selects: Readonly<Record<Engine, string>>): View {
  return { name, ddl: (engine) => `create view "${name}" as\n${selects[engine]}` };
}
