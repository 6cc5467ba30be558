/** What a TypeScript file says of other files: the one reader of syntax behind the checks of this repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { filesBelow } from './workspace.js';

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  /** Specifiers of imports and re-exports, of types too, static and dynamic. */
  readonly imports: readonly string[];
  readonly exportsAll: boolean;
  readonly exportsDefault: boolean;
}

export function sourceFilesBelow(root: string, folder: string): SourceFile[] {
  const sources = filesBelow(root, folder).filter((path) => /\.[cm]?[jt]s$/.test(path));
  return sources.map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}

function readSource(path: string, text: string): SourceFile {
  const imports: string[] = [];
  let exportsAll = false;
  let exportsDefault = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) imports.push(specifier.text);
    if (ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause)))
      exportsAll = true;
    if (isDefaultExport(node)) exportsDefault = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return { path, imports, exportsAll, exportsDefault };
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    ? node.arguments[0]
    : undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return (
    ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}
