// What of an exported declaration has no doc line in its source: the declaration itself, its members, the codes of its errors.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../.ci/packages.ts";
import type { ApiItem } from "./read-api.ts";
import { declaredNames, type Statement, statementsOf } from "./statements.ts";

/** The paths of what has no doc line: `openStorage`, `StorageOptions.keyring`, `StorageErrorCode "busy"`. */
export function undocumented({ name, file, statements: [declared] }: ApiItem): readonly string[] {
  const [local = name] = declared === undefined ? [] : declaredNames(declared);
  const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true);
  const statements = statementsOf(source, local);
  const itself = statements.some(hasDoc) ? [] : [name];
  // `ThingJson` is a Thing with its decimals as text: the fields are explained there.
  const within = name.endsWith("Json") ? [] : statements.flatMap((statement) => membersOf(statement).map((member) => `${name}.${member}`));
  return [...itself, ...within, ...statements.flatMap((statement) => codes(statement, name))];
}

/** Whether a doc comment stands right before a node, or before the bar that leads up to it in a union. */
function hasDoc(node: ts.Node): boolean {
  const { text } = node.getSourceFile();
  return /\/\*\*(?:[^*]|\*(?!\/))*\*\/(?:\s|\||export|declare)*$/.test(text.slice(before(node), node.getStart()));
}

function before(node: ts.Node): number {
  const siblings = node.parent === undefined || !ts.isUnionTypeNode(node.parent) ? [] : node.parent.types;
  const at = siblings.findIndex((sibling) => sibling === node);
  return at < 0 ? node.getFullStart() : (siblings[at - 1]?.end ?? node.parent.getFullStart());
}

/** The members without a line. A class that implements an interface is explained there. */
function membersOf(statement: Statement): readonly string[] {
  if (ts.isInterfaceDeclaration(statement)) return without(statement.members);
  if (ts.isTypeAliasDeclaration(statement)) return literals(statement.type).flatMap(({ members }) => without(members));
  if (!ts.isClassDeclaration(statement)) return [];
  const promised = (statement.heritageClauses ?? []).some(({ token }) => token === ts.SyntaxKind.ImplementsKeyword);
  return promised ? [] : without(statement.members);
}

/** The object types that a type is made of, but for members of a union that have a line of their own. */
function literals(type: ts.TypeNode): readonly ts.TypeLiteralNode[] {
  if (ts.isTypeLiteralNode(type)) return [type];
  if (ts.isUnionTypeNode(type)) return type.types.filter((member) => !hasDoc(member)).flatMap(literals);
  return ts.isIntersectionTypeNode(type) ? type.types.flatMap(literals) : [];
}

// What is written out inside of a member is explained by the member's own line; of overloads one has it.
function without(members: readonly (ts.TypeElement | ts.ClassElement)[]): readonly string[] {
  const named = members.filter(({ name }) => name !== undefined && !ts.isPrivateIdentifier(name));
  const nameOf = (member: ts.TypeElement | ts.ClassElement): string => member.name?.getText() ?? "";
  const known = new Set(named.filter((member) => hasDoc(member) || speaksForItself(member)).map(nameOf));
  return named.map(nameOf).filter((name) => !known.has(name));
}

/** A field with one possible value tells the members of a union apart: the value says it all. `toJSON` is what JavaScript asks for. */
function speaksForItself(member: ts.TypeElement | ts.ClassElement): boolean {
  const field = ts.isPropertySignature(member) || ts.isPropertyDeclaration(member);
  const fixed = field && (member.type === undefined || ts.isLiteralTypeNode(member.type));
  return fixed || member.name?.getText() === "toJSON";
}

/** The members of a list of error codes, each of which wants a line. */
function codes(statement: Statement, name: string): readonly string[] {
  if (!name.endsWith("ErrorCode") || !ts.isTypeAliasDeclaration(statement) || !ts.isUnionTypeNode(statement.type)) return [];
  const literal = statement.type.types.filter((type) => ts.isLiteralTypeNode(type) && !hasDoc(type));
  return literal.map((type) => `${name} ${type.getText()}`);
}
