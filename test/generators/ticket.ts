/** A program over the client that hey-api makes of `openapi.yaml`: it seals with `node:crypto` and buys a ticket. */
import { constants, publicEncrypt } from 'node:crypto';
import { client } from './hey-api/client.gen';
import {
  authenticate,
  discoverMerchandise,
  getServerKey,
  operateGym,
  performTransaction,
  register,
  verifyTransaction,
} from './hey-api/sdk.gen';
import type { Credentials, Registration } from './hey-api/types.gen';

const throwOnError = true;

export async function buyTicket(baseUrl: string): Promise<string> {
  client.setConfig({ baseUrl });
  const { data: key } = await getServerKey({ throwOnError });
  const seal = (plaintext: Registration | Credentials) =>
    publicEncrypt(
      { key: key.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
      Buffer.from(JSON.stringify(plaintext)),
    ).toString('base64');

  const jon = { username: 'jon', password: 'correct horse battery' };
  const { data: registered } = await register({ throwOnError, body: { sealed: seal(jon) } });
  client.setConfig({ baseUrl, auth: registered.data.access_token });
  // @ts-expect-error a new gym has a name
  const nameless = await operateGym({ body: { operation: 'create', data: { address: 'Seestraße 12' } } });

  const headers = { Authorization: `tnt-user-auth-scheme ${seal(jon)}` };
  const { data: signedIn } = await authenticate({ throwOnError, headers, auth: undefined });
  client.setConfig({ baseUrl, auth: signedIn.data.access_token });

  const { data: found } = await discoverMerchandise({ throwOnError, query: { keyword: 'ten' } });
  const merchandiseId = found.data[0]?._id ?? '';
  const order = { merchandiseId, paymentMethod: 'sandbox' };
  const { data: purchase } = await performTransaction({ throwOnError, body: order });
  const { transactionRecordId, prepayId: transactionId } = purchase.data;
  const { data: paid } = await verifyTransaction({ throwOnError, body: { transactionRecordId, transactionId } });
  return `${paid.data.transactionState} ${paid.data.count}; ${nameless.response?.status}`;
}
