import { includes, isPrivilege, ladder, levelOf, machineScopes, mayGrant, rankOf } from '@palestra/core';
import { expect } from 'chai';

describe('the privilege ladder', () => {
  it('has the ranks and levels of both older APIs', () => {
    const table = ladder.map((role) => [role, rankOf(role), levelOf(role)]);
    expect(table).to.deep.equal([
      ['dba', 0, 0],
      ['system_admin', 1, 1],
      ['admin', 2, 2],
      ['operator', 3, 3],
      ['coach', 4, 3],
      ['player', 5, 4],
      ['guest', 6, 5],
    ]);
  });

  it('includes what is below, and never what is above', () => {
    for (const [index, held] of ladder.entries()) {
      for (const [other, required] of ladder.entries()) {
        expect(includes(held, required), `${held} for ${required}`).to.equal(index <= other);
      }
    }
  });

  it('keeps machines outside, in both directions', () => {
    for (const machine of machineScopes) {
      for (const role of ladder) {
        expect(includes(machine, role), `${machine} for ${role}`).to.equal(false);
        expect(includes(role, machine), `${role} for ${machine}`).to.equal(false);
      }
    }
    expect(includes('stams_io', 'secure_provisioner')).to.equal(false);
    expect(includes('stams_io', 'stams_io')).to.equal(true);
  });

  it('grants up to its own rank', () => {
    expect(mayGrant('system_admin', 'system_admin')).to.equal(true);
    expect(mayGrant('system_admin', 'dba')).to.equal(false);
    expect(mayGrant('dba', 'dba')).to.equal(true);
  });

  it('knows no other privilege', () => {
    for (const value of ['root', 'DBA', '', '__proto__', 0, null, undefined, ['dba']]) {
      expect(isPrivilege(value), String(value)).to.equal(false);
    }
  });
});
