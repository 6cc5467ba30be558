/** The plugin passes the kit: every check, on every database that is here. */
import { conform, formatReport } from '@palestra/server/conformance';
import { expect } from 'chai';
import { client, config, fixtures, plugin } from '../src/conformance.js';

describe('the equipment plugin', () => {
  it('conforms', async () => {
    const report = await conform(plugin, { client, config, fixtures });
    const missed = report.results.filter(
      ({ outcome, details }) => outcome !== 'pass' && !details.join().includes('not installed'),
    );
    expect(missed, formatReport(report)).to.deep.equal([]);
  }).timeout(60_000);
});
