/** A pass that was bought and used once, and a purchase that is not paid yet, for `palestra demo`. */
import type { DemoHost } from '@palestra/core';

export async function demo({ people, call }: DemoHost): Promise<void> {
  const buyer = people.find(({ role }) => role === 'player')?.username;
  const door = people.find(({ role }) => role === 'operator')?.username;
  if (buyer === undefined || door === undefined) return;
  const { data: offers } = await call('discoverMerchandise', { as: buyer, query: { keyword: 'visits', find: 1 } });
  const { data: others } = await call('discoverMerchandise', { as: buyer, query: { keyword: 'course', find: 1 } });
  const merchandiseId: string | undefined = offers[0]?._id;
  if (merchandiseId === undefined) return;
  const buy = async (id: string) =>
    (await call('performTransaction', { as: buyer, body: { merchandiseId: id, paymentMethod: 'sandbox' } })).data;
  const { transactionRecordId, prepayId } = await buy(merchandiseId);
  await call('verifyTransaction', { as: buyer, body: { transactionRecordId, transactionId: prepayId } });
  await call('verifyTransactionRecord', { as: door, body: { transactionRecordId, merchandiseId } });
  if (others[0]) await buy(others[0]._id);
}
