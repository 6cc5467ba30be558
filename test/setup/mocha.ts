/** For every test: nothing is cut from a failure, which also shows the last requests that the test made; a rejection that is not handled fails it. */

import './memory-folder.js';
import { config } from 'chai';
import { exchanges } from '../../packages/server/src/testing/exchanges.js';

config.truncateThreshold = 0;

// Mocha passes such a rejection on to nobody, and the test that caused it would pass.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

export const mochaHooks = {
  beforeEach(): void {
    exchanges.clear();
  },
  afterEach(this: Mocha.Context): void {
    const { state, err } = this.currentTest ?? {};
    const made = exchanges.list();
    if (state !== 'failed' || err === undefined || made.length === 0) return;
    err.stack = `${err.stack}\n    the last requests:\n${made.map((each) => `      ${each}`).join('\n')}`;
  },
};
