/** A V8 CPU profile as a tree of functions and as one HTML file, which needs no network. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** `.cpuprofile`, as the inspector's protocol has it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Ids of nodes, one a sample. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

export interface Frame {
  readonly name: string;
  /** Milliseconds in it and in what it called. */
  readonly value: number;
  readonly children: readonly Frame[];
}

/** A function, its own time, and the part of the program it belongs to. */
export interface Self {
  readonly name: string;
  readonly part: string;
  readonly milliseconds: number;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Of a function: `name file:line`, files relative to the repository, npm packages by their name. */
function describe({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name} ${placeOf(url)}:${lineNumber + 1}`;
}

function placeOf(url: string): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  const inPackage = path.lastIndexOf('node_modules/');
  return inPackage === -1 ? path.replace(repository, '') : path.slice(inPackage + 'node_modules/'.length);
}

/** `node`, an npm package, or a folder of ours. */
function partOf({ url, functionName }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const place = placeOf(url);
  const parts = place.split('/');
  if (!url.includes('node_modules/')) return parts.slice(0, -1).join('/').replace('/dist', '');
  return place.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

/** What each part belongs to; native functions are known by their names. */
const layers: readonly (readonly [layer: string, parts: RegExp])[] = [
  ['our own code', /^(packages|benchmarks)\//],
  ['sending (kernel)', /^(writev|write\w+)$/],
  ['SQLite', /^(all|get|run|exec|prepare|better-sqlite3)$/],
  ['MySQL driver and pool', /^(mysql2|tarn|knex|lru\.min|sql-escaper|long|iconv-lite)$/],
  ['Node', /^node:/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['microtasks, V8, native', /^\(|^run\w+|^$|^[a-z]+[A-Z]\w*$|^[A-Z]/],
];

export const layerOf = (part: string): string =>
  layers.find(([, parts]) => parts.test(part))?.[0] ?? 'Koa and other packages';

const idle = '(idle)';

/** What is not the program's own work: waiting, and the profiler itself. */
const isForeign = ({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): boolean =>
  functionName === idle || url.endsWith('harness/profiler.mjs');

export function analyze({ nodes, samples, timeDeltas }: CpuProfile): { root: Frame; selves: Self[] } {
  const own = new Map<number, number>();
  samples.forEach((id, index) => {
    own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const selves = new Map<string, Self>();

  function frameOf(id: number): Frame[] {
    const node = byId.get(id);
    if (!node || isForeign(node.callFrame)) return [];
    const name = describe(node.callFrame);
    const self = own.get(id) ?? 0;
    const milliseconds = (selves.get(name)?.milliseconds ?? 0) + self;
    selves.set(name, { name, part: partOf(node.callFrame), milliseconds });
    const children = (node.children ?? []).flatMap(frameOf);
    const value = children.reduce((sum, child) => sum + child.value, self);
    return value > 0 ? [{ name, value, children }] : [];
  }

  const [root = { name: '', value: 0, children: [] }] = frameOf(nodes[0]?.id ?? 0);
  return { root, selves: [...selves.values()].sort((one, other) => other.milliseconds - one.milliseconds) };
}

const script = `
import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
const chart = flamegraph().width(document.body.clientWidth - 16).inverted(true).minFrameSize(1)
  .setLabelHandler(({ data, x0, x1 }) => data.name + ' – ' + data.value.toFixed(1) + ' ms, ' + ((x1 - x0) * 100).toFixed(1) + ' %');
chart.setDetailsElement(document.querySelector('output'));
select('main').datum(JSON.parse(document.querySelector('#profile').textContent)).call(chart);
document.querySelector('input').oninput = ({ target }) => target.value ? chart.search(target.value) : chart.clear();
document.querySelector('button').onclick = () => chart.resetZoom();
`;

const style = `
body { font: 14px system-ui, sans-serif; margin: 8px } header { display: flex; gap: 12px; align-items: center }
output { display: block; min-height: 1.5em } .d3-flame-graph rect { stroke: #fff; fill-opacity: .85 }
.d3-flame-graph-label { pointer-events: none; white-space: nowrap; text-overflow: ellipsis; overflow: hidden;
  font-size: 12px; margin: 0 4px; line-height: 1.5 } .d3-flame-graph .fade { opacity: .5 !important }
`;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export async function flamePage(title: string, root: Frame): Promise<string> {
  const resolveDir = fileURLToPath(new URL('..', import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    // Its styles are among ours.
    loader: { '.css': 'empty' },
  });
  return `<!doctype html><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>
<header><h1>${escaped(title)}</h1><input type="search" placeholder="function or file"><button>whole</button></header>
<output></output><main></main>
<script type="application/json" id="profile">${JSON.stringify(root).replaceAll('<', '\\u003c')}</script>
<script>${outputFiles[0]?.text ?? ''}</script>
`;
}
