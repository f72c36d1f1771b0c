// Where the names that a file exports are declared, through any number of files that hand them on.
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Declarations } from "./emit-declarations.ts";
import { declaredNames, importedPlaces } from "./statements.ts";

/** Where something is declared. */
export interface Place {
  /** Path of the source file in the repository, or the name of a package that is not ours. */
  readonly file: string;
  /** Its name there. */
  readonly name: string;
}

/** Exported name to place, in the order of the names. Throws for `export *`, which no front door may have. */
export function exportedPlaces(declarations: Declarations, path: string): ReadonlyMap<string, Place> {
  const known = found.get(declarations) ?? new Map<string, ReadonlyMap<string, Place>>();
  found.set(declarations, known);
  const places = known.get(path) ?? readPlaces(declarations, path);
  known.set(path, places);
  return places;
}

/** What was read before: every front door is asked for again and again. */
const found = new WeakMap<Declarations, Map<string, ReadonlyMap<string, Place>>>();

function readPlaces(declarations: Declarations, path: string): ReadonlyMap<string, Place> {
  const source = declarations.files.get(path);
  if (source === undefined) throw new Error(`${path} was not compiled`);
  const places = source.statements.flatMap((statement): readonly (readonly [string, Place])[] => {
    if (!ts.isExportDeclaration(statement))
      return isExported(statement) ? declaredNames(statement).map((name) => [name, { file: path, name }]) : [];
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) throw new Error(`${path} has an export without names`);
    const from = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
    return exportClause.elements.map(({ name, propertyName }) => {
      const there = (propertyName ?? name).text;
      return [name.text, from === undefined ? localPlace(declarations, path, there) : placeFrom(declarations, path, from, there)];
    });
  });
  return new Map(places.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function localPlace(declarations: Declarations, path: string, name: string): Place {
  const source = declarations.files.get(path);
  const imported = source === undefined ? undefined : importedPlaces(source).get(name);
  return imported === undefined ? { file: path, name } : placeFrom(declarations, path, imported.from, imported.name);
}

/** The place behind an import, followed to where it is declared. */
export function placeFrom(declarations: Declarations, path: string, from: string, name: string): Place {
  const file = from.startsWith(".") ? join(dirname(path), from) : declarations.entries.find(({ specifier }) => specifier === from)?.file;
  if (file === undefined) return { file: from, name };
  return exportedPlaces(declarations, file).get(name) ?? { file, name };
}
