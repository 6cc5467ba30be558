/** Requests to gyms, merchandise and transactions. */
import { gymOf, idOf, type Make, none } from './sample.js';

const nothing = '999999999999';

export const gymSamples: Readonly<Record<string, Make>> = {
  // gym and merchandise
  'operateGym create': ({ maker }) => ({ json: { name: maker.name() } }),
  'operateGym query': () => ({ json: { find: 1 } }),
  'operateGym update': async (subject) => ({ json: { _id: await gymOf(subject), address: 'Graz' } }),
  listGymStaff: async (subject) => ({ params: { id: await gymOf(subject) } }),
  addGymStaff: async (subject) => ({
    params: { id: await gymOf(subject) },
    json: { user: idOf(await subject.host.account()), may: ['admit'] },
  }),
  removeGymStaff: async (subject) => {
    const [id, member] = [await gymOf(subject), await subject.host.account()];
    await subject.maker.staff(id, member);
    return { params: { id, user: idOf(member) } };
  },
  listGyms: none,
  getGym: async ({ maker, stranger }) => ({ params: { id: await maker.gym(stranger) } }),
  deleteGym: async ({ maker, stranger }) => ({ params: { id: await maker.gym(stranger) } }),
  discoverGyms: none,
  'operateMerchandise create': async (subject) => ({
    json: { name: subject.maker.name(), type: 1, gym: await gymOf(subject) },
  }),
  'operateMerchandise query': () => ({ json: { find: 1 } }),
  'operateMerchandise update': async (subject) => ({
    json: { _id: await subject.maker.merchandise(await gymOf(subject)), tag: 'new' },
  }),
  listMerchandise: none,
  getMerchandise: async ({ maker, stranger }) => ({
    params: { id: await maker.merchandise(await maker.gym(stranger)) },
  }),
  listWorkplaces: none,
  deleteMerchandise: async ({ maker, stranger }) => ({
    params: { id: await maker.merchandise(await maker.gym(stranger)) },
  }),
  discoverMerchandise: none,
  // transactions
  performTransaction: async ({ maker, stranger }) => ({
    json: { merchandiseId: await maker.merchandise(await maker.gym(stranger)), paymentMethod: 'sandbox' },
  }),
  cancelTransaction: async ({ maker, owner, stranger }) => ({
    json: { transactionRecordId: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  verifyTransaction: async ({ maker, owner, stranger }) => {
    const { record, prepayId } = await maker.purchase(owner, await maker.gym(stranger));
    return { json: { transactionRecordId: record, transactionId: prepayId } };
  },
  verifyTransactionRecord: async (subject) => {
    const { record, merchandise } = await subject.maker.paid(subject.stranger, await gymOf(subject));
    return { json: { transactionRecordId: record, merchandiseId: merchandise } };
  },
  refundTransaction: async (subject) => ({
    json: { transactionRecordId: (await subject.maker.paid(subject.stranger, await gymOf(subject))).record },
  }),
  'operateTransactionRecord query': () => ({ json: { find: 1 } }),
  listTransactionRecords: none,
  getTransactionRecord: async ({ maker, owner, stranger }) => ({
    params: { id: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  listVisits: async ({ maker, owner, stranger }) => ({
    params: { id: (await maker.purchase(owner, await maker.gym(stranger))).record },
  }),
  listRefunds: none,
  payRefund: () => ({ params: { id: nothing }, answers: 404 }),
  notifyWechatPayment: () => ({
    json: { id: 'none', event_type: 'none', resource: { algorithm: 'none', ciphertext: 'none', nonce: 'none' } },
    answers: 404,
  }),
};
