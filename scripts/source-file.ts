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
  /** Those of them that are gone after compilation. */
  readonly typeImports: readonly string[];
  readonly exportsAll: boolean;
  readonly exportsDefault: boolean;
}

export function sourceFilesBelow(root: string, folder: string): SourceFile[] {
  const sources = filesBelow(root, folder).filter((path) => /\.[cm]?[jt]s$/.test(path));
  return sources.map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}

function readSource(path: string, text: string): SourceFile {
  const imports: string[] = [];
  const values = new Set<string>();
  let exportsAll = false;
  let exportsDefault = false;
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      imports.push(specifier.text);
      if (!isTypeOnly(node)) values.add(specifier.text);
    }
    if (ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause)))
      exportsAll = true;
    if (isDefaultExport(node)) exportsDefault = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  const typeImports = imports.filter((specifier) => !values.has(specifier));
  return { path, imports, typeImports, exportsAll, exportsDefault };
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
    ? node.arguments[0]
    : undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isExportDeclaration(node) ? node.isTypeOnly : ts.isImportTypeNode(node);
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return (
    ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}
