import { type CatalogueCode, catalogue, isPalestraError, PalestraError } from '@palestra/core';
import { expect } from 'chai';

describe('error catalogue', () => {
  it('names every error after its code, and gives no code twice', () => {
    for (const [name, { code, status }] of Object.entries(catalogue)) {
      expect(code).to.equal(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
      expect(status).to.be.within(400, 599);
    }
    const codes = Object.values(catalogue).map(({ code }) => code);
    expect(new Set(codes).size).to.equal(codes.length);
  });

  it('has its codes as a type', () => {
    const known: CatalogueCode = catalogue.outcomeUnknown.code;
    // @ts-expect-error -- not a code of the catalogue
    const unknown: CatalogueCode = 'no_such_code';
    expect([known, unknown]).to.deep.equal(['outcome_unknown', 'no_such_code']);
  });

  it('recognises its errors by their brand, also those of another copy of the package', () => {
    const error = new PalestraError(catalogue.conflict, 'Taken.');
    expect(isPalestraError(error)).to.equal(true);
    expect(isPalestraError({ ...error, brand: 'palestra.error' })).to.equal(true);
    expect(isPalestraError(new Error('Taken.'))).to.equal(false);
  });
});
