/** For every test: nothing is cut from a failure, which also shows the last requests that the test made. */

import './memory-folder.js';
import { config } from 'chai';
import { exchanges } from '../../packages/server/src/testing/exchanges.js';

config.truncateThreshold = 0;

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
