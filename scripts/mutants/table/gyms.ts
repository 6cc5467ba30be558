/** Faults in what a gym's people work with: staff, sales, refunds, and the import of what they had before. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const plugins = 'packages/plugins';
const gym = `${plugins}/gym/src/staff`;
const transaction = `${plugins}/transaction/src`;
const moving = 'packages/server/src/import';
const staff = (title: string): Killer => ({ file: `${plugins}/gym/test/staff.test.ts`, title });
const shop = (name: string, title: string): Killer => ({ file: `${plugins}/transaction/test/${name}.test.ts`, title });
const moved = (title: string): Killer => ({ file: 'packages/server/test/import/import.test.ts', title });

export const gymFaults: readonly Mutant[] = [
  ...mutantsOf(
    `${gym}/access.ts`,
    staff('may do what it was given'),
    ['staff do what they were not given', '?.may.includes(task)) return true;', ') return true;'],
    ['staff do nothing', '?.may.includes(task)) return true;', '?.may.includes(task)) return false;'],
  ),
  ...mutantsOf(`${gym}/access.ts`, staff('the owner with the role'), [
    'an owner whose role was revoked keeps the gym',
    "gym.owner === account && includes(principal.privilege, 'coach')",
    'gym.owner === account',
  ]),
  ...mutantsOf(`${gym}/access.ts`, staff('its coaches let members in'), [
    "a club's coach sells",
    "{ admit: 'coach', sell: 'operate',",
    "{ admit: 'coach', sell: 'coach',",
  ]),
  ...mutantsOf(
    `${gym}/operations.ts`,
    staff('is seen and changed by those who manage'),
    [
      'anybody changes the staff of a gym (G19)',
      "if (!(await access.may('manage', id, principal, unit))) throw permissionDenied();",
      '',
    ],
    [
      'a member of staff removes another',
      'const leaves = accountIdOf(call.principal) === user;',
      'const leaves = true;',
    ],
  ),
  ...mutantsOf(`${gym}/operations.ts`, staff('not to those who guessed the id'), [
    'a gym that guesses an id learns the user name',
    'username: usernameKnown ? username : null',
    'username',
  ]),
  ...mutantsOf(
    `${gym}/operations.ts`,
    staff('finds the gyms where it works'),
    ['a workplace tells more than may be done there', 'gymTasks.filter((_, at) => allowed[at])', '[...gymTasks]'],
    ['a gym where the caller works is shown as their own', 'owner: gym.owner === account', 'owner: true'],
  ),
  ...mutantsOf(`${gym}/operations.ts`, staff('is named by id'), [
    'an admin is found by guessing ids',
    'if (!account || hidden) throw',
    'if (!account) throw',
  ]),
  ...mutantsOf(`${transaction}/purchase/begin.ts`, shop('sale', 'is withdrawn and put back'), [
    'what was withdrawn is sold',
    "if (sale.withdrawn) throw conflict('It is not for sale');",
    '',
  ]),
  ...mutantsOf(
    `${transaction}/purchase/begin.ts`,
    shop('sale', 'from its start until its end'),
    ['merchandise is sold before its sale', 'sale.start !== null && sale.start > now', 'sale.start === 0'],
    ['merchandise is for sale one millisecond late', 'sale.start > now', 'sale.start >= now'],
    ['merchandise is sold at the end of its sale', 'sale.end <= now', 'sale.end < now'],
  ),
  ...mutantsOf(`${transaction}/purchase/begin.ts`, shop('free', 'is a success at once'), [
    'a provider is asked for nothing',
    'if (price.amount === 0) return { price, method: free };',
    '',
  ]),
  ...mutantsOf(`${transaction}/purchase/begin.ts`, shop('free', 'is the only one that'), [
    'what costs is had for free',
    "if (!provider) throw invalidRequest('paymentMethod free is for merchandise without a price', '/paymentMethod');",
    'if (!provider) return { price, method: free };',
  ]),
  ...mutantsOf(`${transaction}/refund/refund.ts`, shop('refund', 'parts never exceed what was paid'), [
    'a part exceeds what is left (I5)',
    'if (amount > left) throw',
    'if (amount > left + 1) throw',
  ]),
  ...mutantsOf(`${transaction}/refund/refund.ts`, shop('refund', 'is for the gym that sold it'), [
    'who lets members in refunds',
    "await recordOfGym(id, 'sell', call);",
    '',
  ]),
  ...mutantsOf(`${transaction}/refund/refund.ts`, shop('refund', 'is refused for what is not a success'), [
    'what was never paid is given back',
    "if (record.state !== 'success') throw",
    "if (record.state === 'refunded') throw",
  ]),
  ...mutantsOf(`${transaction}/refund/refund.ts`, shop('refund', 'though the server that began it died'), [
    'a refund under one key is begun twice',
    'request_id: call.idempotency?.id ?? null',
    'request_id: null',
  ]),
  ...mutantsOf(`${transaction}/refund/settle.ts`, shop('refund', 'that the provider refuses'), [
    'a refused refund stays set aside',
    "if (refund.reason === 'requested') await records.releaseRefund({ id, amount, now: clock.now() }, unit);",
    '',
  ]),
  ...mutantsOf(
    `${moving}/prepare.ts`,
    moved('reports every line that does not fit'),
    ['a line with a wrong reference comes in', 'if (missing !== undefined) return missing;', ''],
    [
      'a line that the contract does not allow comes in',
      'if (!validate(line.fields)) return errorOf(faultOf(validate.errors), importer.collection).message;',
      'validate(line.fields);',
    ],
  ),
  ...mutantsOf(`${moving}/run.ts`, moved('reports every line that does not fit'), [
    'a dry run writes',
    'if (dryRun) counts.imported += batch.length;',
    'if (batch.length === 0) counts.imported += batch.length;',
  ]),
  ...mutantsOf(`${moving}/prepare.ts`, moved('brings nothing twice'), [
    'a line comes in twice',
    'if (known.has(line.legacyId)) return [text, undefined];',
    '',
  ]),
  ...mutantsOf(`${moving}/prepare.ts`, moved('no later run brings the person back'), [
    'a deleted person is imported again',
    'if (forgotten.has(line.legacyId)) return [text, deletedHere];',
    '',
  ]),
  ...mutantsOf(`${moving}/ids.ts`, moved('brings every collection with its ids'), [
    'a number of the older system is given up',
    'return own !== undefined && !taken.has(own) ?',
    'return own === 0 && !taken.has(own) ?',
  ]),
  ...mutantsOf(`${moving}/write.ts`, { file: 'packages/server/test/import/killed.test.ts', title: 'is equal to one' }, [
    'the older id is written after its row, not with it',
    'if (given) await legacyIds.add(table, legacyRows, unit);',
    'if (given) setTimeout(() => database.unitOfWork((later) => legacyIds.add(table, legacyRows, later)), 50);',
  ]),
];
