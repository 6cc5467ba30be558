/**
 * Every operation × every principal × own and other's object: what the page says is what the server answers. On MariaDB
 * the cells that rows decide, and one of each operation that is let in; all of them by `npm run test:faults
 * test/authorization-matrix.test.ts`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { long } from '../packages/plugins/transaction/test/support/scale.js';
import {
  type Cell,
  cellOf,
  isExempt,
  type MatrixRow,
  matrixRows,
  type PrincipalName,
  principals,
  type Whose,
} from '../scripts/authorization.js';
import { authorizationPage } from '../scripts/authorization-table.js';
import { repository } from '../scripts/workspace.js';
import { requestOf, type SampleRequest, sentBy } from './authorization/request.js';
import { type Sample, samples } from './authorization/samples/index.js';
import { createWorld, type World } from './authorization/world.js';

describeOnEachDatabase('the authorization matrix', (fresh, name) => {
  let world: World;
  let rows: MatrixRow[];
  before(async () => {
    world = await createWorld({ database: await fresh() });
    rows = matrixRows(world.host.palestra.openapi());
  });
  after(() => world.host.stop());

  it('is what docs/authorization.md says (npm run authorization writes it)', () => {
    const page = readFileSync(join(repository, 'docs/authorization.md'), 'utf8');
    expect(page === authorizationPage(world.host.palestra.openapi()), 'docs/authorization.md is stale').to.equal(true);
  });

  it('has a sample request for every operation, and for nothing else', () => {
    expect(Object.keys(samples).sort()).to.deep.equal(rows.map(({ key }) => key).sort());
  });

  it('is what the server answers: 0 cells differ', async () => {
    const differing: string[] = [];
    let tried = 0;
    for (const row of rows) {
      for (const principal of principals) {
        for (const whose of casesOf(row, principal)) {
          if (!isTried(row, principal, whose)) continue;
          const { sample, answer } = await ask(row, principal, whose);
          tried += 1;
          const expected = cellOf(row, principal, whose);
          if (!agrees(expected, answer, sample)) {
            differing.push(`${row.key} by ${principal} (${whose}): ${expected}, but ${answer.status} ${answer.text}`);
          }
        }
      }
    }
    expect(differing, differing.join('\n')).to.deep.equal([]);
    expect(tried).to.be.at.least(rows.length * (isWhole ? principals.length : 1));
  }).timeout(180_000);

  const isWhole = name === 'SQLite' || long;
  /** Of the operations, those whose first caller was let in. */
  const letIn = new Set<string>();
  function isTried(row: MatrixRow, principal: PrincipalName, whose: Whose): boolean {
    if (isWhole) return true;
    // Who lacks the privilege is refused before any row is read.
    if (row.ownership) return cellOf(row, principal, 'own') === 'yes';
    if (cellOf(row, principal, whose) !== 'yes' || letIn.has(row.key)) return false;
    letIn.add(row.key);
    return true;
  }

  /** Own objects exist only for those whom the privilege lets in, and matter only to those who are not exempt. */
  function casesOf(row: MatrixRow, principal: PrincipalName): Whose[] {
    const rule = row.ownership;
    const owns = rule && cellOf(row, principal, 'own') === 'yes' && !isExempt(rule, principal);
    return owns ? ['other', 'own'] : ['other'];
  }

  /** By operation: sent by everybody who lacks the privilege, since what is refused uses nothing up. */
  const refused = new Map<string, SampleRequest>();

  async function ask(row: MatrixRow, principal: PrincipalName, whose: Whose) {
    const lacksPrivilege = cellOf(row, principal, 'own') !== 'yes';
    const known = lacksPrivilege ? refused.get(row.key) : undefined;
    const { method, path, options, sample } = known
      ? sentBy(world, known, principal)
      : await requestOf(world, row, { principal, whose });
    if (lacksPrivilege && !known) refused.set(row.key, { method, path, options, sample });
    const answer = await world.host.request(method, path, options);
    return { sample, answer };
  }
});

/** Who is let in gets what is asked for, or what the sample says that everybody gets here. */
function agrees(expected: Cell, { status }: Answer, { answers }: Sample): boolean {
  if (expected !== 'yes') return status === expected;
  return answers === undefined ? status < 300 : status === answers;
}
