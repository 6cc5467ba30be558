/** The facts of merchandise, and who may change it. */
import {
  accountIdOf,
  type GymService,
  includes,
  invalidRequest,
  invalidResourceParameter,
  type Principal,
  parseId,
  permissionDenied,
} from '@palestra/core';
import type { ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';

export type ShownMerchandise = components['schemas']['Merchandise'];

export interface MerchandiseServices {
  readonly gyms: GymService;
}

export const facts: ResourceFacts = {
  type: 'Merchandise',
  table: 'merchandise',
  schema: 'MerchandiseFields',
  fields: {
    name: { kind: 'text', columns: ['name'], folded: 'name_folded', indexed: true },
    type: { kind: 'integer', columns: ['type'] },
    gym: { kind: 'reference', columns: ['gym_id'], indexed: true },
    price: { kind: 'money', columns: ['price_amount', 'price_currency'] },
    count: { kind: 'integer', columns: ['count'] },
    stock: { kind: 'integer', columns: ['stock'] },
    tag: { kind: 'text', columns: ['tag'], folded: 'tag_folded' },
    summary: { kind: 'text', columns: ['summary'], folded: 'summary_folded' },
    detail: { kind: 'text', columns: ['detail'], folded: 'detail_folded' },
    expiryInfo: { kind: 'json', columns: ['expiry_info'] },
    schedule: { kind: 'json', columns: ['schedule'] },
    imageURLs: { kind: 'json', columns: ['image_urls'] },
  },
  required: ['name', 'type', 'gym'],
  defaults: { count: -1, schedule: [], imageURLs: [] },
  unique: { index: 'merchandise_name', field: 'name' },
};

/** The owner of a gym puts merchandise on sale there and changes it; an admin anywhere. */
export function rules({ gyms }: MerchandiseServices): ResourceRules<ShownMerchandise> {
  async function assertSells(gym: unknown, principal: Principal): Promise<void> {
    const found = await gyms.find(parseId(gym) ?? 0);
    if (!found) throw invalidResourceParameter('gym', 'Merchandise', '/data/gym');
    const owns = found.owner !== null && found.owner === accountIdOf(principal);
    if (!owns && !includes(principal.privilege, 'admin')) throw permissionDenied();
  }
  return {
    async create(input, principal) {
      await assertSells(input.gym, principal);
      assertTimes(input);
      return normalized(input);
    },
    async update(current, change, principal) {
      await assertSells(current.gym, principal);
      if (change.gym !== undefined) await assertSells(change.gym, principal);
      assertTimes(change);
      return normalized(change);
    },
  };
}

/** The first seed's own example sends `"imageURLs": ""`, which means none. */
function normalized(input: Record<string, unknown>): Record<string, unknown> {
  return input.imageURLs === '' ? { ...input, imageURLs: [] } : input;
}

interface Times {
  readonly expiryInfo?: { readonly startDate?: string; readonly expiryDate?: string } | null;
  readonly schedule?: readonly { readonly start: string; readonly end: string }[];
}

function assertTimes(input: Times): void {
  const { startDate, expiryDate } = input.expiryInfo ?? {};
  if (startDate !== undefined && expiryDate !== undefined && Date.parse(startDate) > Date.parse(expiryDate)) {
    throw invalidRequest('expiryInfo.expiryDate must not be before startDate', '/data/expiryInfo/expiryDate');
  }
  const index = (input.schedule ?? []).findIndex(({ start, end }) => Date.parse(start) > Date.parse(end));
  if (index >= 0) {
    throw invalidRequest(`schedule[${index}].end must not be before start`, `/data/schedule/${index}/end`);
  }
}
