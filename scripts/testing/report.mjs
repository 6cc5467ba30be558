/** Mocha's reporter in a process of `npm test`: tells the parent about each file when it is done. */
import { relative } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { root } from '../set-up.mjs';

const { Base } = Mocha.reporters;
/** By kind of resource: the file since whose end one has been open the whole time. */
const openSince = new Map();

export class Report extends Base {
  #file;
  #result;

  constructor(runner, options) {
    super(runner, options);
    runner.on('suite', (suite) => suite.parent?.root && this.#enter(suite));
    runner.on('pass', (test) => {
      this.#result.passed += 1;
      this.#result.times.push([test.fullTitle(), test.duration]);
    });
    runner.on('pending', (test) => this.#result.skipped.push(test.fullTitle()));
    const broken = new WeakSet();
    runner.on('fail', (test) => {
      // A suite that was not set up cannot be taken down: one failure is enough.
      if (test.title.startsWith('"before all" hook')) broken.add(test.parent);
      else if (test.title.startsWith('"after all" hook') && broken.has(test.parent)) return;
      if (!this.#result) this.#enter(test.parent);
      this.#result.failures.push(test);
    });
    runner.once('end', () => this.#leave());
  }

  #enter({ file = 'every file' }) {
    if (this.#file === file) return;
    this.#leave();
    this.#file = file;
    this.#result = { began: performance.now(), passed: 0, skipped: [], failures: [], times: [] };
  }

  #leave() {
    if (!this.#result) return;
    const { began, failures, ...counts } = this.#result;
    const file = relative(root, this.#file);
    process.send({
      ...counts,
      file,
      ms: performance.now() - began,
      failures: failures.map((test) => described(test, file)),
    });
    this.#result = undefined;
    const open = new Set(process.getActiveResourcesInfo());
    for (const kind of openSince.keys()) if (!open.has(kind)) openSince.delete(kind);
    for (const kind of open) if (!openSince.has(kind)) openSince.set(kind, file);
  }
}

/** As mocha lists a failed test, the command that runs it alone, and one line that names test and reason. */
function described(test, file) {
  const lines = [];
  Base.consoleLog = (...args) => lines.push(format(...args));
  Base.list([test]);
  const title = test
    .titlePath()
    .join(' ')
    .replace(/ "(?:before|after) \w+" hook.*$/, '');
  const pattern = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "'\\''");
  const text = `${lines.join('\n').trimEnd().replace('  1) ', '  ✘ ')}\n\n     npx mocha ${file} --grep '${pattern}'`;
  const [reason] = String(test.err?.message ?? test.err).split('\n');
  return { text, title: test.fullTitle(), line: `${test.fullTitle()}: ${reason}` };
}

/** Ends the process, and says what keeps it from ending by itself, and since which file. */
export function endHanging() {
  const open = process.getActiveResourcesInfo();
  console.error(`A test left something open: ${open.join(', ')}`);
  for (const kind of new Set(open)) if (openSince.has(kind)) console.error(`  ${kind} since ${openSince.get(kind)}`);
  process.exit(1);
}
