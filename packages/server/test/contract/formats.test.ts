/** The formats of the contract: an instant is RFC 3339, of a day that there is. */
import { expect } from 'chai';
import { currencies, isInstant } from '../../src/contract/formats.js';

describe('the formats of the contract', () => {
  for (const good of [
    '2026-11-20T08:30:00Z',
    '2026-11-20T08:30:00.1Z',
    '2026-11-20T08:30:00.123456789+02:00',
    '2024-02-29T23:59:59-11:30',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ]) {
    it(`take ${good} for an instant, as Date.parse does`, () => {
      expect(isInstant(good)).to.equal(true);
      expect(Date.parse(good)).not.to.be.NaN;
    });
  }

  for (const [what, bad] of [
    ['a leap second', '2027-06-30T23:59:60Z'],
    ['a leap second of another zone', '2027-06-30T18:59:60-05:00'],
    ['a space for the T', '2026-11-20 08:30:00Z'],
    ['a small t', '2026-11-20t08:30:00Z'],
    ['a day that there is not', '2026-02-30T00:00:00Z'],
    ['the 29th of a common year', '2100-02-29T00:00:00Z'],
    ['month 13', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-10T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['an offset of 24 hours', '2026-01-01T00:00:00+24:00'],
    ['no zone', '2026-01-01T00:00:00'],
    ['no seconds', '2026-01-01T00:00Z'],
    ['a date alone', '2026-01-01'],
    ['a year of five digits', '+12026-01-01T00:00:00Z'],
    ['an empty fraction', '2026-01-01T00:00:00.Z'],
    ['a line feed behind', '2026-01-01T00:00:00Z\n'],
    ['digits of another script', '２０２６-01-01T00:00:00Z'],
  ] as const) {
    it(`do not take ${what}: ${JSON.stringify(bad)}`, () => expect(isInstant(bad)).to.equal(false));
  }

  it('know currencies by ISO 4217', () => {
    expect(currencies.has('EUR')).to.equal(true);
    expect(currencies.has('eur')).to.equal(false);
  });
});
