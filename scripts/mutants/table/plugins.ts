/** Faults in the plugins: gyms, merchandise, transactions and devices. */
import { type Killer, type Mutant, mutantsOf } from '../mutant.js';

const folder = (plugin: string): string => `packages/plugins/${plugin}/src`;
const transaction = folder('transaction');
const test = (plugin: string, name: string, title: string): Killer => ({
  file: `packages/plugins/${plugin}/test/${name}.test.ts`,
  title,
});
const shop = (name: string, title: string): Killer => test('transaction', name, title);

export const pluginFaults: readonly Mutant[] = [
  ...mutantsOf(`${folder('merchandise')}/resource.ts`, test('merchandise', 'merchandise', 'moves only between gyms'), [
    'merchandise is moved into a foreign gym',
    'if (after.gym !== before.gym) await assertSells(after.gym, call.principal, unit);',
    '',
  ]),
  ...mutantsOf(
    `${folder('merchandise')}/resource.ts`,
    test('merchandise', 'merchandise', 'is sold only by the owner'),
    [
      "anybody changes a gym's merchandise (G19)",
      "if (!(await gyms.may('sell', id, principal, unit))) throw permissionDenied();",
      '',
    ],
  ),
  ...mutantsOf(`${folder('stams')}/devices/results.ts`, test('stams', 'device', 'twice in one batch'), [
    'a new result that is twice in one batch fails',
    '[...new Map(results.map((result) => [result.result_uid, result])).values()]',
    'results',
  ]),
  ...mutantsOf(
    `${folder('stams')}/devices/registration.ts`,
    test('stams', 'device', 'is the same STAMS with a new token'),
    ['a device that was registered again is taken for its clone', 'await boots.forget(known.uid, unit);', ''],
  ),
  ...mutantsOf(`${folder('stams')}/devices/registration.ts`, test('stams', 'device', 'registers so many an hour'), [
    'one device more is registered an hour',
    ') < registrationsPerHour) return;',
    ') <= registrationsPerHour) return;',
  ]),
  ...mutantsOf(`${transaction}/state/transitions.ts`, shop('reconcile', 'second, different payment'), [
    'a second payment of a paid record is kept',
    'current?.transaction_id === payment.transactionId',
    'current?.transaction_id != null',
  ]),
  ...mutantsOf(`${transaction}/state/transitions.ts`, shop('reconcile', 'ends a record by a payment'), [
    'a payment of less than the price is enough (I5)',
    "return amount === record.price_amount ? undefined : 'amount';",
    'return undefined;',
  ]),
  ...mutantsOf(`${transaction}/state/transitions.ts`, shop('purchase', 'gives its stock back once'), [
    'the stock of a canceled purchase is lost (I6)',
    'if (record.stock_taken === 1) await merchandise.giveBack(record.merchandise_id, unit);',
    '',
  ]),
  ...mutantsOf(
    `${transaction}/store.ts`,
    shop('spend', 'not taken'),
    [
      'a visit is taken at another gym',
      "recipient_id: parameter('recipient_id'), state: 'success'",
      "state: 'success'",
    ],
    ['a visit is taken for other merchandise', "        .where('merchandise_id', parameter('merchandise_id'))\n", ''],
    ['a visit is taken before its time', "        .where('start_date', '<=', parameter('latest_start'))\n", ''],
    [
      'a visit is taken after its time',
      "        .where((some) => some.whereNull('expiry_date').orWhere('expiry_date', '>', parameter('now')))\n",
      '',
    ],
    ['a visit is taken where none is left (G5)', "        .where('count', '<>', 0)\n", ''],
  ),
  ...mutantsOf(`${transaction}/store.ts`, shop('spend', 'sets aside no more'), [
    'more is given back than was paid (I5)',
    "        .whereRaw('refunded_amount + ? <= price_amount', [parameter('amount')])\n",
    '',
  ]),
  ...mutantsOf(`${transaction}/store.ts`, shop('spend', 'not taken'), [
    'a record that is wholly given back admits (G5)',
    "        .whereRaw(notGivenBack)\n        .update({\n          visits: knex.raw('visits + 1'),",
    "        .update({\n          visits: knex.raw('visits + 1'),",
  ]),
  ...mutantsOf(`${transaction}/refund/settle.ts`, shop('refund', 'of all ends the record'), [
    'a refund is paid without an audit entry (I8)',
    'await audit.record(unit, actor, { action, object: `refund/',
    'void ({ action, object: `refund/',
  ]),
  ...mutantsOf(
    `${transaction}/providers/breaker.ts`,
    shop('guard', 'left alone after ten failures'),
    [
      'all callers try a provider that may be well again',
      'this.#closedAgainAt = now + openMs;\n    return true;',
      'return true;',
    ],
    ['a provider in trouble is called on and on (G10)', 'const failuresToOpen = 10;', 'const failuresToOpen = 1_000;'],
  ),
  ...mutantsOf(`${transaction}/visit/qr.ts`, shop('qr', 'admits for a minute'), [
    'a QR code admits after its minute',
    'payload.exp * 1000 <= clock.now()',
    'payload.exp * 1000 <= clock.now() - 60_000',
  ]),
  ...mutantsOf(`${transaction}/visit/qr.ts`, shop('qr', 'is refused without a look'), [
    'a QR code needs no signature of ours',
    'if (!timingSafeEqual(given, expected)) throw qrInvalid();',
    '',
  ]),
  ...mutantsOf(`${transaction}/visit/qr.ts`, shop('qr', 'though our key signed it'), [
    'another JWT of ours admits',
    ' || header.typ !== type',
    '',
  ]),
  ...mutantsOf(`${transaction}/visit/ticket.ts`, shop('qr', 'admits once'), [
    'a QR code admits twice (I2)',
    'token.tokenId',
    "randomBytes(16).toString('hex')",
  ]),
  ...mutantsOf(
    `${transaction}/wechat/signature.ts`,
    shop('notifications', 'are refused if'),
    ['a notification needs no signature (G21)', "verify('sha256', text, padded(key), bytes)", 'bytes.length > 0'],
    ['a notification of last month is believed (G21)', 'const toleranceMs = 5 * 60_000;', 'const toleranceMs = 1e12;'],
  ),
  ...mutantsOf(`${transaction}/wechat/notification.ts`, shop('notifications', 'are refused if'), [
    'a notification for another merchant is believed',
    "if (!order) throw notificationInvalid('its order is not of this merchant and app');",
    'if (!order) return {};',
  ]),
];
