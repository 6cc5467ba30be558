/** A process of `npm test`: asks its parent for files until there are no more, and gives each its own run of Mocha. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Mocha from 'mocha';
import { loadOptions } from 'mocha/lib/cli/options.cjs';
import { endHanging, Report } from './report.mjs';

/** What a test may leave open for so long after the last one. */
const hangingMs = 10_000;

// Handlers of the exit remove what tests have made.
const end = () => process.exit(1);
process.once('SIGTERM', end);
// The parent was killed.
process.once('disconnect', end);

const { require: setUps = [], ...options } = loadOptions(process.argv.slice(2));
const hooks = [];
for (const file of setUps) hooks.push((await import(pathToFileURL(resolve(file)).href)).mochaHooks ?? {});

for (let files = await nextFiles(); files !== undefined; files = await nextFiles()) await run(files);
process.off('disconnect', end);
process.disconnect();
setTimeout(endHanging, hangingMs).unref();

async function nextFiles() {
  const answer = once(process, 'message');
  process.send({ asks: true });
  const [{ files }] = await answer;
  return files;
}

async function run(files) {
  const mocha = new Mocha({ ...options, forbidOnly: true, reporter: Report });
  for (const each of hooks) mocha.rootHooks(each);
  for (const file of files) mocha.addFile(resolve(file));
  try {
    await mocha.loadFilesAsync();
  } catch (error) {
    const [reason] = error.message.split('\n');
    const failure = { text: `  ✘ ${error.stack}`, line: `${files.join(', ')}: ${reason}` };
    process.send({ file: files.join(', '), ms: 0, passed: 0, skipped: [], failures: [failure], times: [] });
    return;
  }
  await new Promise((done) => mocha.run(done));
  // Its listeners on the process, one for each run, would add up.
  mocha.dispose();
}
