/** Sizes and habits of one TypeScript file: lines, functions, casts, `any`. */
import ts from 'typescript';

export interface SourceMetrics {
  readonly path: string;
  readonly lines: number;
  /** Every function that has a name, with its lines. */
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** `as X` and `<X>y`, without `as const`. */
  readonly casts: number;
  readonly anys: number;
}

export function measureSource(path: string, text: string): SourceMetrics {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const functions: { name: string; line: number; lines: number }[] = [];
  let casts = 0;
  let anys = 0;
  const visit = (node: ts.Node): void => {
    if (isCast(node)) casts += 1;
    if (node.kind === ts.SyntaxKind.AnyKeyword) anys += 1;
    const name = ts.isFunctionLike(node) ? functionName(node) : undefined;
    if (name !== undefined && 'body' in node && node.body !== undefined) {
      const line = lineOf(node.getStart(file));
      functions.push({ name, line, lines: lineOf(node.getEnd()) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, lines: text.split('\n').length - 1, functions, casts, anys };
}

function isCast(node: ts.Node): boolean {
  return ts.isTypeAssertionExpression(node) || (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type));
}

/** Its own name, or that of the constant or property it is given to. */
function functionName(node: ts.SignatureDeclaration): string | undefined {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
    ? parent.name.getText()
    : undefined;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
