/**
 * What the conformance kit tries: one request that succeeds for every operation but two. WeChat Pay signs its
 * notifications, and a refund is due only where a payment came too late.
 */
import type { Answers, Fixture } from '@palestra/server/conformance';

const price = { amount: 100, currency: 'EUR' };

const purchase = (name: string): Fixture => ({
  name,
  operation: 'performTransaction',
  body: ({ merchandise }) => ({ merchandiseId: merchandise.data._id, paymentMethod: 'sandbox' }),
});

const recordOf = ({ data }: Answers) => ({ transactionRecordId: data.transactionRecordId });

export const fixtures: readonly Fixture[] = [
  { name: 'gym', operation: 'operateGym', body: { operation: 'create', data: { name: 'A gym' } }, as: 'operator' },
  {
    name: 'merchandise',
    operation: 'operateMerchandise',
    body: ({ gym }) => ({
      operation: 'create',
      data: { name: 'Visits', type: 1, gym: gym.data._id, price, count: 5 },
    }),
    as: 'operator',
  },
  purchase('bought'),
  purchase('unwanted'),
  {
    operation: 'verifyTransaction',
    body: ({ bought }) => ({ ...recordOf(bought), transactionId: bought.data.prepayId }),
  },
  { operation: 'cancelTransaction', body: ({ unwanted }) => recordOf(unwanted) },
  {
    operation: 'verifyTransactionRecord',
    body: ({ bought, merchandise }) => ({ ...recordOf(bought), merchandiseId: merchandise.data._id }),
    as: 'operator',
  },
  { operation: 'listVisits', params: ({ bought }) => ({ id: bought.data.transactionRecordId }) },
  { operation: 'refundTransaction', body: ({ bought }) => recordOf(bought), as: 'operator' },
  { operation: 'operateTransactionRecord', body: { operation: 'query', data: {} } },
  { operation: 'listTransactionRecords' },
  { operation: 'getTransactionRecord', params: ({ bought }) => ({ id: bought.data.transactionRecordId }) },
  { operation: 'listRefunds' },
];
