/** Type checks of many small programs: what all of them include, TypeScript's own declarations among it, is read once. */
import ts from 'typescript';

const parsed = new Map<string, ts.SourceFile | undefined>();

/** As `ts.createProgram`, with the declarations of TypeScript and of `@types` parsed once for all programs. */
export function createProgram(files: readonly string[], options: ts.CompilerOptions): ts.Program {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, how, ...rest) => {
    if (!/\/node_modules\/(typescript|@types)\//.test(name)) return getSourceFile(name, how, ...rest);
    const key = JSON.stringify([name, how]);
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, how, ...rest));
    return parsed.get(key);
  };
  return ts.createProgram([...files], options, host);
}
