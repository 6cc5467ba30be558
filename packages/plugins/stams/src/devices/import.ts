/** STAMS of an older system: registered without a token, which the provisioner gives them as to new ones. */
import { type Importer, parseId } from '@palestra/core';
import type { StamsStore } from '../store.js';
import { readPublicKey } from './public-key.js';

interface Fields {
  readonly provisioning_uid: string;
  readonly display_name?: string | null;
  readonly operator_id?: string | number | null;
  readonly publickey?: string | null;
}

export function stamsImporter(store: StamsStore): Importer {
  const id = { $ref: '#/components/schemas/ClubId' };
  const none = { type: 'null' };
  return {
    collection: 'stams',
    table: 'stams',
    hasId: true,
    references: { operator_id: 'operator' },
    schema: {
      type: 'object',
      required: ['provisioning_uid'],
      properties: {
        provisioning_uid: { $ref: '#/components/schemas/ProvisioningUid' },
        display_name: { anyOf: [{ $ref: '#/components/schemas/DisplayName' }, none] },
        operator_id: { anyOf: [id, none] },
        publickey: { type: ['string', 'null'], maxLength: 4096 },
      },
      additionalProperties: false,
    },
    check({ publickey }) {
      if (typeof publickey === 'string') readPublicKey(publickey);
    },
    async prepare({ fields, createdAt }) {
      const { provisioning_uid: provisioningUid, display_name, operator_id, publickey } = fields as unknown as Fields;
      const publicKey = publickey == null ? null : readPublicKey(publickey);
      const operatorId = parseId(operator_id ?? undefined) ?? null;
      return async (uid, unit) => {
        const displayName = display_name ?? `stams${uid}`;
        await store.adopt({ uid, provisioningUid, displayName, operatorId, publicKey, now: createdAt }, unit);
        return true;
      };
    },
  };
}
