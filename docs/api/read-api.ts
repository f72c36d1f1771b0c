// What each package offers: every exported name with its declaration, and the declarations without a name of their own that those speak of.
import { type Declarations, emitDeclarations } from "./emit-declarations.ts";
import { exportedPlaces, type Place, placeFrom } from "./exported-places.ts";
import { importedPlaces, type Statement, statementsOf, usedNames } from "./statements.ts";

/** A declaration of a package. */
export interface ApiItem {
  /** The name it is exported as. */
  readonly name: string;
  /** Path of the source file in the repository. */
  readonly file: string;
  /** Its statements; several for overloads. */
  readonly statements: readonly Statement[];
}

/** One subpath of a package. */
export interface ApiEntry {
  /** What is imported: `@td/fifo/audit`. */
  readonly specifier: string;
  /** What is exported here and by no entry before, by name. */
  readonly items: readonly ApiItem[];
  /** Exported names that are at home elsewhere, to the specifier of their home. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/** A package. */
export interface PackageApi {
  /** Folder below `packages/`. */
  readonly folder: string;
  readonly entries: readonly ApiEntry[];
  /** Declarations that exported ones speak of and that no entry exports. */
  readonly unnamed: readonly ApiItem[];
}

/** Reads all published packages: some seconds. */
export function readApi(): readonly PackageApi[] {
  const declarations = emitDeclarations();
  const names = new Map(declarations.entries.map(({ specifier, file }) => [specifier, exportedPlaces(declarations, file)]));
  const homes = new Map(
    [...names].toReversed().flatMap(([specifier, places]) => [...places.values()].map((place) => [keyOf(place), specifier])),
  );
  const folders = [...new Set(declarations.entries.map(({ folder }) => folder))];
  return folders.map((folder) => packageApi(folder, { declarations, names, homes }));
}

interface Known {
  readonly declarations: Declarations;
  /** Specifier to exported name to place. */
  readonly names: ReadonlyMap<string, ReadonlyMap<string, Place>>;
  /** Place to the first specifier that exports it. */
  readonly homes: ReadonlyMap<string, string>;
}

const keyOf = ({ file, name }: Place): string => `${file}#${name}`;

function packageApi(folder: string, known: Known): PackageApi {
  const specifiers = known.declarations.entries.filter((entry) => entry.folder === folder).map(({ specifier }) => specifier);
  const entries = specifiers.map((specifier) => entryApi(specifier, known));
  const items = entries.flatMap((entry) => entry.items);
  const unnamed = reached(items, known.declarations).filter(
    (place) => place.file.startsWith(`packages/${folder}/`) && !known.homes.has(keyOf(place)),
  );
  return { folder, entries, unnamed: unnamed.map((place) => itemOf(place.name, place, known.declarations)) };
}

function entryApi(specifier: string, { declarations, names, homes }: Known): ApiEntry {
  const found = [...(names.get(specifier) ?? [])].map(([name, place]) => {
    const home = declarations.files.has(place.file) ? homes.get(keyOf(place)) : place.file;
    return { name, place, home: home ?? specifier };
  });
  const own = found.filter(({ home }) => home === specifier);
  const elsewhere = found.filter(({ home }) => home !== specifier).map(({ name, home }) => [name, home] as const);
  return { specifier, items: own.map(({ name, place }) => itemOf(name, place, declarations)), elsewhere: new Map(elsewhere) };
}

function itemOf(name: string, place: Place, { files }: Declarations): ApiItem {
  const source = files.get(place.file);
  const statements = source === undefined ? [] : statementsOf(source, place.name);
  if (statements.length === 0) throw new Error(`${place.file} declares no ${place.name} that this reader understands`);
  return { name, file: place.file, statements };
}

/** Everything of ours that the items speak of, directly or not, by name. */
function reached(items: readonly ApiItem[], declarations: Declarations): readonly Place[] {
  const found = new Map<string, Place>();
  const waiting = [...items];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    for (const place of usedPlaces(item, declarations)) {
      if (found.has(keyOf(place))) continue;
      found.set(keyOf(place), place);
      waiting.push(itemOf(place.name, place, declarations));
    }
  }
  return [...found.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function usedPlaces({ file, statements }: ApiItem, declarations: Declarations): readonly Place[] {
  const source = declarations.files.get(file);
  if (source === undefined) return [];
  const imported = importedPlaces(source);
  return statements.flatMap(usedNames).flatMap((used) => {
    const from = typeof used === "string" ? imported.get(used) : used;
    if (from === undefined) return typeof used === "string" && statementsOf(source, used).length > 0 ? [{ file, name: used }] : [];
    const place = placeFrom(declarations, file, from.from, from.name);
    return declarations.files.has(place.file) ? [place] : [];
  });
}
