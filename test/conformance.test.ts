/** The built-in plugins promise what every plugin promises, and pass the same kit. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import type { AnyPlugin } from '@palestra/server';
import { conform, type Fixture, formatReport } from '@palestra/server/conformance';
import { expect } from 'chai';
import * as operations from '../packages/client-sdk/src/generated/operations.js';

interface Case {
  readonly plugin: AnyPlugin;
  /** Those whose services it requires. */
  readonly companions?: readonly AnyPlugin[];
  /** Operations that no request alone can make succeed, and why. */
  readonly skipped?: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  { plugin: gym },
  { plugin: merchandise, companions: [gym] },
  {
    plugin: transaction,
    companions: [gym, merchandise],
    skipped: {
      notifyWechatPayment: 'WeChat Pay signs it; tried against its stand-in',
      payRefund: 'a refund comes of a payment that was late; tried with a provider that is',
    },
  },
  { plugin: team },
  { plugin: stams, companions: [team] },
];

describe('the built-in plugin', () => {
  for (const { plugin, companions = [], skipped = {} } of cases) {
    it(`${plugin.name} conforms`, async () => {
      const module = new URL(`../packages/plugins/${plugin.name}/src/conformance.ts`, import.meta.url);
      const { fixtures } = (await import(module.href)) as { readonly fixtures: readonly Fixture[] };
      const report = await conform(plugin, { companions, fixtures, client: { operations } });
      const excused = new Set(Object.keys(skipped).map((id) => `${id} answers as described`));
      const missed = report.results.filter(
        ({ check, outcome, details }) =>
          outcome === 'fail' ||
          (outcome === 'skip' && !excused.has(check) && !details.join().includes('not installed')),
      );
      expect(missed, formatReport(report)).to.deep.equal([]);
    }).timeout(120_000);
  }
});
