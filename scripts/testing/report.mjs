/** Mocha's reporter in a worker of `npm test`: tells the parent about each file when it is done, and ends a run that hangs. */
import { relative } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { root } from '../set-up.mjs';

const { Base } = Mocha.reporters;
/** What a test may leave open for so long after the last one. */
const hangingMs = 10_000;

export class Report extends Base {
  #file;
  #result;
  /** By kind of resource: the file since whose end one has been open the whole time. */
  #openSince = new Map();

  constructor(runner, options) {
    super(runner, options);
    // Also when the parent was killed: handlers of the exit remove what tests have made.
    for (const event of ['SIGTERM', 'disconnect']) process.once(event, () => process.exit(1));
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
    runner.once('end', () => {
      this.#leave();
      process.send({ end: true });
      setTimeout(() => endHanging(this.#openSince), hangingMs).unref();
    });
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
    for (const kind of this.#openSince.keys()) if (!open.has(kind)) this.#openSince.delete(kind);
    for (const kind of open) if (!this.#openSince.has(kind)) this.#openSince.set(kind, file);
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
  return { text, line: `${test.fullTitle()}: ${reason}` };
}

function endHanging(since) {
  const open = process.getActiveResourcesInfo();
  console.error(`A test left something open: ${open.join(', ')}`);
  for (const kind of new Set(open)) if (since.has(kind)) console.error(`  ${kind} since ${since.get(kind)}`);
  process.exit(1);
}

// biome-ignore lint/style/noDefaultExport: mocha looks for the reporter there
export default Report;
