/** How large files, functions and context objects may become, and how many casts there may be: what breaks a limit. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextObject, contextObjects } from './context-objects.js';
import { measureSource, type SourceMetrics } from './source-metrics.js';
import { filesBelow, packages } from './workspace.js';

const limits = { file: 300, function: 80, context: 8, castsPerThousandLines: 6 };

export interface MeasuredPackage {
  readonly folder: string;
  readonly sources: readonly SourceMetrics[];
  readonly contexts: readonly ContextObject[];
}

/** What is written by hand below `src`. */
export function measurePackage(root: string, folder: string): MeasuredPackage {
  const written = filesBelow(root, `${folder}/src`).filter(
    (path) => path.endsWith('.ts') && !/\.generated\.ts$|\/generated\//.test(path),
  );
  const texts = new Map(written.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  return {
    folder,
    sources: [...texts].map(([path, text]) => measureSource(path, text)),
    contexts: contextObjects(texts),
  };
}

/** By what is limited, one line for each breach. */
export function sizeBreaches(measured: readonly MeasuredPackage[]): Readonly<Record<string, readonly string[]>> {
  const sources = measured.flatMap((each) => each.sources);
  const contexts = measured.flatMap((each) => each.contexts);
  return {
    [`Files above ${limits.file} lines`]: sources
      .filter(({ lines }) => lines > limits.file)
      .map(({ path, lines }) => `${path}: ${lines}`),
    [`Functions above ${limits.function} lines`]: sources.flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > limits.function)
        .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines}`),
    ),
    [`Context objects above ${limits.context} members`]: contexts
      .filter(({ members }) => members > limits.context)
      .map(({ path, name, members }) => `${path} ${name}: ${members}`),
    [`Packages of more than ${limits.castsPerThousandLines} casts per 1,000 lines`]: measured
      .map(({ folder, sources: own }) => [folder, castsPerThousandLines(own)] as const)
      .filter(([folder, casts]) => folder !== clientSdk && casts > limits.castsPerThousandLines)
      .map(([folder, casts]) => `${folder}: ${casts.toFixed(1)}`),
  };
}

/** Its types of operations are looked up by name, where TypeScript cannot follow. */
const clientSdk = 'packages/client-sdk';

export function castsPerThousandLines(sources: readonly SourceMetrics[]): number {
  const lines = sources.reduce((sum, source) => sum + source.lines, 0);
  return (sources.reduce((sum, source) => sum + source.casts, 0) * 1000) / lines;
}

export function measurePackages(root: string): MeasuredPackage[] {
  return packages(root).map((folder) => measurePackage(root, folder));
}
