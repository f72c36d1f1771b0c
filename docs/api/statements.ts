// What a file of declarations declares, by name, and the names that a declaration uses.
import ts from "typescript";

/** A statement that declares a name. */
export type Statement =
  | ts.FunctionDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.ClassDeclaration
  | ts.VariableStatement;

/** An imported name: where from, as written, and what it is called there. */
export interface Imported {
  readonly from: string;
  readonly name: string;
}

/** The statements that declare a name: several for an overloaded function, or for a value and a type of one name. */
export function statementsOf(file: ts.SourceFile, name: string): readonly Statement[] {
  return file.statements.filter((statement): statement is Statement => declaredNames(statement).includes(name));
}

/** The names that a statement declares. */
export function declaredNames(node: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText());
  const named =
    ts.isFunctionDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node);
  return named && node.name !== undefined ? [node.name.text] : [];
}

/** The names that a statement uses: those of its file as they are, and imports written out in it. */
export function usedNames(statement: Statement): readonly (string | Imported)[] {
  const names: (string | Imported)[] = [];
  const visit = (node: ts.Node): void => {
    const name = ts.isImportTypeNode(node) ? inlineImport(node) : usedName(node);
    if (name !== undefined) names.push(name);
    node.forEachChild(visit);
  };
  visit(statement);
  return names;
}

function usedName(node: ts.Node): string | undefined {
  if (ts.isTypeReferenceNode(node)) return leftmost(node.typeName);
  if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression)) return node.expression.text;
  return ts.isTypeQueryNode(node) ? leftmost(node.exprName) : undefined;
}

const leftmost = (name: ts.EntityName): string => (ts.isIdentifier(name) ? name.text : leftmost(name.left));

function inlineImport({ argument, qualifier }: ts.ImportTypeNode): Imported | undefined {
  if (qualifier === undefined || !ts.isLiteralTypeNode(argument) || !ts.isStringLiteral(argument.literal)) return undefined;
  return { from: argument.literal.text, name: leftmost(qualifier) };
}

/** Local name to what was imported. */
export function importedPlaces(file: ts.SourceFile): ReadonlyMap<string, Imported> {
  return new Map(
    file.statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
      const from = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
      const names = importClause?.namedBindings;
      if (names === undefined || !ts.isNamedImports(names)) return [];
      return names.elements.map(({ name, propertyName }) => [name.text, { from, name: (propertyName ?? name).text }] as const);
    }),
  );
}
