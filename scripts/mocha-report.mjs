/** Mocha's spec report, which also leaves the counts and the titles of what was skipped in a file. */
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
    });
  }
}

// biome-ignore lint/style/noDefaultExport: mocha looks for the reporter there
export default Report;
