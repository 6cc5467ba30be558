/** What is read and written of merchandise beside the resource engine: the service for other plugins. */
import type { MerchandiseService, MerchandiseTerms, MerchandiseValidity } from '@palestra/core';
import { type Database, together, type Unit } from '@palestra/server/plugin';

export interface MerchandiseStore extends MerchandiseService {
  /** Id of the gym that sells it. */
  gymOf(id: number): Promise<number | undefined>;
}

interface TermsRow {
  readonly id: number;
  readonly name: string;
  readonly gym: number;
  readonly price_amount: number | null;
  readonly price_currency: string | null;
  readonly count: number;
  readonly stock: number | null;
  readonly expiry_info: string | null;
  readonly available: number;
  readonly sale_start: number | null;
  readonly sale_end: number | null;
}

const termsColumns = [
  'id',
  'name',
  { gym: 'gym_id' },
  'price_amount',
  'price_currency',
  'count',
  'stock',
  'expiry_info',
  'available',
  'sale_start',
  'sale_end',
];

const mostUnlimited = 10_000;

export function createStore(database: Database): MerchandiseStore {
  const gymOf = database.statement<{ gym_id: number }>((knex, parameter) =>
    knex('merchandise').select('gym_id').where('id', parameter('id')),
  );
  const terms = database.statement<TermsRow>((knex, parameter) =>
    knex('merchandise').select(termsColumns).where('id', parameter('id')),
  );
  const takeOne = database.statement((knex, parameter) =>
    knex('merchandise')
      .where('id', parameter('id'))
      .where('stock', '>', 0)
      .update({ stock: knex.raw('stock - 1') }),
  );
  // Where the stock is not limited, purchases do not wait for each other; who changes the row waits for them.
  const heldTerms = database.statement<TermsRow>((knex, parameter) =>
    knex('merchandise').select(termsColumns).where('id', parameter('id')).forShare(),
  );
  const give = database.statement((knex, parameter) =>
    knex('merchandise')
      .where('id', parameter('id'))
      .update({ stock: knex.raw('stock + 1') }),
  );
  /** Merchandise whose stock was not limited when it was last read: most is, and there is nothing to take then. */
  const unlimited = new Set<number>();
  async function take(id: number, unit: Unit) {
    const [{ affected }, row] = await together([takeOne.run({ id }, unit), heldTerms.first({ id }, unit)]);
    if (row?.stock === null && unlimited.size < mostUnlimited) unlimited.add(id);
    return row && { terms: toTerms(row), taken: row.stock === null || affected === 1 };
  }
  return {
    gymOf: async (id) => (await gymOf.first({ id }))?.gym_id,
    async find(id) {
      const row = await terms.first({ id });
      return row && toTerms(row);
    },
    async takeStock(id, unit) {
      if (!unlimited.has(id)) return take(id, unit);
      const row = await heldTerms.first({ id }, unit);
      if (row?.stock === null) return { terms: toTerms(row), taken: true };
      unlimited.delete(id);
      return row && take(id, unit);
    },
    giveBack: async (id, unit) => void (await give.run({ id }, unit)),
  };
}

function toTerms(row: TermsRow): MerchandiseTerms {
  const { id, name, gym, count, stock, price_amount: amount, price_currency: currency } = row;
  const price = amount === null || currency === null ? null : { amount, currency };
  const sale = { withdrawn: row.available === 0, start: row.sale_start, end: row.sale_end };
  return { id, name, gym, count, stock, price, validity: toValidity(row.expiry_info), sale };
}

function toValidity(text: string | null): MerchandiseValidity {
  const { startDate, expiryDate, duration = null } = (text === null ? null : JSON.parse(text)) ?? {};
  const instant = (moment: string | undefined) => (moment === undefined ? null : Date.parse(moment));
  return { startDate: instant(startDate), expiryDate: instant(expiryDate), duration };
}
