/** Mocha's spec report; it leaves the counts and the titles of what was skipped in a file, and ends a run that hangs. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export class Report extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on('pending', (test) => skipped.push(test.fullTitle()));
    runner.once('end', () => {
      const { passes, failures } = runner.stats;
      writeFileSync(options.reporterOption.file, JSON.stringify({ passed: passes, failed: failures, skipped }));
      setTimeout(endHanging, 10_000).unref();
    });
  }
}

function endHanging() {
  console.error(`A test left something open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}

// biome-ignore lint/style/noDefaultExport: mocha looks for the reporter there
export default Report;
