/**
 * A mini-program's world: ECMAScript, timers, `console`, `wx`, `App`, `Page`, `getApp` and `require`, and nothing else.
 * Packages are found as WeChat's npm builder leaves them: the folder that their `miniprogram` names.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { createContext, runInContext } from 'node:vm';

type Members = Readonly<Record<string, unknown>>;

/** A page that is open. */
export interface Page {
  readonly data: Readonly<Record<string, unknown>>;
  call(method: string, argument?: unknown): Promise<void>;
}

export interface World {
  /** Opens what `wx.navigateTo` is given, such as `/pages/gym/gym?id=1`, and waits for its `onLoad`. */
  open(url: string): Promise<Page>;
  /** `typeof` each of these names. */
  typesOf(names: readonly string[]): readonly string[];
}

/** @param files what is read instead of a file of the folder */
export function startWorld(folder: string, wx: object, files: Readonly<Record<string, string>>): World {
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval };
  const context = createContext({ ...timers, console }, { codeGeneration: { strings: false, wasm: false } });
  runInContext(
    'delete globalThis.WebAssembly; delete globalThis.SharedArrayBuffer; delete globalThis.Atomics',
    context,
  );
  const loaded = new Map<string, { exports: unknown }>();
  let app: unknown;
  let page: Members = {};

  /** What every file finds around it, as WeChat wraps it. */
  const surroundings = {
    wx,
    App(made: unknown) {
      app = made;
    },
    Page(made: Members) {
      page = made;
    },
    getApp: () => app,
  };

  function load(path: string): unknown {
    const known = loaded.get(path);
    if (known) return known.exports;
    const module = { exports: {} as unknown };
    loaded.set(path, module);
    const requireFrom = (name: string) => load(name.startsWith('.') ? resolve(path, name) : built(folder, name));
    const given = { require: requireFrom, module, exports: module.exports, ...surroundings };
    const text = files[path] ?? readFileSync(join(folder, path), 'utf8');
    const wrapped = `(function (${Object.keys(given)}) {${text}\n})`;
    runInContext(wrapped, context, { filename: path })(...Object.values(given));
    return module.exports;
  }

  load('app.js');
  return {
    async open(url) {
      const [path = '', query = ''] = url.split('?');
      const file = `${path.slice(1)}.js`;
      loaded.delete(file);
      load(file);
      const opened = instanceOf(page);
      await opened.call('onLoad', Object.fromEntries(new URLSearchParams(query)));
      return opened;
    },
    typesOf: (names) => names.map((name) => runInContext(`typeof ${name}`, context)),
  };
}

function instanceOf(page: Members): Page {
  const self = {
    ...page,
    data: { ...Object(page.data) },
    setData(change: Members) {
      self.data = { ...self.data, ...change };
    },
  };
  return {
    async call(method, argument) {
      await (self as Record<string, unknown> as Record<string, (argument: unknown) => unknown>)[method]?.(argument);
    },
    get data() {
      return self.data;
    },
  };
}

function resolve(from: string, name: string): string {
  return posix.join(dirname(from), name);
}

/** `@palestra/client/weapp` is `weapp.js` in the folder that the package's `miniprogram` names. */
function built(folder: string, name: string): string {
  const [, packageName = '', entry = 'index'] = /^(@[^/]+\/[^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  const path = posix.join('../../node_modules', packageName);
  const { miniprogram } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
  const file = posix.join(path, miniprogram, `${entry}.js`);
  if (!existsSync(join(folder, file))) throw new Error(`module '${name}' is not defined`);
  return file;
}
