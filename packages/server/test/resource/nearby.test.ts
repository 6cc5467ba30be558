/** By distance: the same as sorting all rows, by statements that each take an index and read no more than they may. */
import { expect } from 'chai';
import fc from 'fast-check';
import { migrate } from '../../src/database/migrate.js';
import type { Database } from '../../src/database/types.js';
import {
  type Cell,
  cellAt,
  cellNumber,
  leastDistance,
  metresBetween,
  mostDistance,
  numbersIn,
  type Point,
} from '../../src/resource/cells.js';
import { createNearby, type NearbyOptions, type Place } from '../../src/resource/nearby.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { closeAll, open } from '../database/fixture.js';

const longitude = fc.double({ min: -180, max: 180, noNaN: true });
const latitude = fc.double({ min: -90, max: 90, noNaN: true });
const point = fc.record({ longitude, latitude });

const distancesTo = (center: Point, cell: Cell) => ({
  least: leastDistance(center, cell),
  most: mostDistance(center, cell),
});

describe('cells', () => {
  it('hold the points whose numbers they hold, at each level', () => {
    fc.assert(
      fc.property(point, fc.integer({ min: 0, max: 26 }), (place, level) => {
        const { from, until } = numbersIn(cellAt(place, level));
        const number = cellNumber(place);
        expect(number >= from && number < until && Number.isSafeInteger(until)).to.equal(true);
      }),
    );
  });

  it('are no farther than the farthest, and no nearer than the nearest of their points', () => {
    fc.assert(
      fc.property(point, point, fc.integer({ min: 0, max: 26 }), (center, place, level) => {
        const { least, most } = distancesTo(center, cellAt(place, level));
        const distance = metresBetween(center, place);
        expect(least <= distance && distance <= most, `${least} ${distance} ${most}`).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are right about points that are a few centimetres from the antipode', () => {
    for (let off = 0; off < 2e-6; off += 1e-8) {
      const place = { longitude: -166.945, latitude: -47.8095 + off };
      const center = { longitude: 13.055, latitude: 47.8095 };
      const { least, most } = distancesTo(center, cellAt(place, 26));
      expect(metresBetween(center, place), String(off)).to.be.within(least, most);
    }
  });

  it('are not looked for where they cannot be: the bounds are those of the cell, not of the world', () => {
    const cell = cellAt({ longitude: 13, latitude: 47.8 }, 10);
    const { least, most } = distancesTo({ longitude: -30, latitude: 0 }, cell);
    expect([least > 6_500_000, most - least < 60_000]).to.deep.equal([true, true]);
  });
});

interface MysqlPlan {
  readonly table: string | null;
  readonly type: string;
  readonly key: string;
  readonly Extra: string;
}

const facts = { table: 'spot', longitude: 'longitude', latitude: 'latitude', cell: 'cell' } as const;
const spots = {
  plugin: 'spots',
  migrations: [
    {
      name: 'spot',
      createTable: {
        table: 'spot',
        columns: {
          id: { type: 'id' },
          longitude: { type: 'real', nullable: true },
          latitude: { type: 'real', nullable: true },
          cell: { type: 'integer', nullable: true },
        },
        indexes: [{ name: 'spot_cell', columns: ['cell', 'longitude', 'latitude'] }],
      },
    },
  ],
} as const;

type Spot = Point & { readonly id: number; readonly cell: number };

async function fill(database: Database, points: readonly Point[]): Promise<Spot[]> {
  await database.knex('spot').delete();
  const rows = points.map((each, index) => ({ id: index + 1, ...each, cell: cellNumber(each) }));
  for (let at = 0; at < rows.length; at += 200) await database.knex('spot').insert(rows.slice(at, at + 200));
  return rows;
}

function sorted(
  rows: readonly (Point & { id: number })[],
  { min = 0, max = Infinity, from, ...center }: NearbyOptions,
) {
  return rows
    .map((row) => ({ id: row.id, distance: metresBetween(center, row) }))
    .filter(({ distance }) => distance >= min && distance <= max)
    .filter((a) => !from || a.distance > from.distance || (a.distance === from.distance && a.id >= from.id))
    .sort((a, b) => a.distance - b.distance || a.id - b.id);
}

/** Names the first difference, not hundreds of rows. */
function same(found: readonly Place[], wanted: readonly Place[]): void {
  const at = wanted.findIndex((place, index) => JSON.stringify(place) !== JSON.stringify(found[index]));
  expect(at < 0 ? [] : [at, found[at]]).to.deep.equal(at < 0 ? [] : [at, wanted[at]]);
  expect(found.length).to.equal(wanted.length);
}

async function first(places: AsyncIterable<Place[]>, count: number): Promise<Place[]> {
  const found: Place[] = [];
  for await (const some of places) {
    found.push(...some);
    if (found.length >= count) break;
  }
  return found.slice(0, count);
}

const clusters: Record<string, (index: number) => Point> = {
  'over the world': (index) => ({ longitude: ((index * 137.5) % 360) - 180, latitude: ((index * 61.8) % 180) - 90 }),
  'in one country': (index) => ({ longitude: 9.5 + ((index * 0.618) % 7.6), latitude: 46.4 + ((index * 0.755) % 2.6) }),
  'in a few cities': (index) => ({ longitude: 13 + (index % 4), latitude: 47 + (index % 2) }),
  'within a metre': (index) => ({ longitude: 13 + (index % 7) / 1e7, latitude: 47 + (index % 5) / 1e7 }),
  'at the edges of the map': (index) => ({
    longitude: index % 2 ? 180 - index / 1e4 : -180 + index / 1e4,
    latitude: 90 - (index % 180),
  }),
};

describeOnEachDatabase('places by distance', (fresh, name) => {
  const sql = new Set<string>();
  let statements = 0;
  let database: Database;
  before(async () => {
    const intercept = (text: string, phase: string) => {
      if (phase === 'before' && text.includes('spot')) {
        sql.add(text);
        statements += 1;
      }
    };
    database = await open({ url: await fresh(), intercept });
    await migrate(database, [spots]);
  });
  after(closeAll);

  const centers: readonly Point[] = [
    { longitude: 13.055, latitude: 47.8095 },
    { longitude: -30, latitude: 0 },
    { longitude: 180, latitude: 0 },
    { longitude: -179.99, latitude: 89.9 },
    { longitude: 0, latitude: -90 },
  ];

  for (const [what, at] of Object.entries(clusters)) {
    it(`are those of a sort, ${what}`, async () => {
      const rows = await fill(
        database,
        Array.from({ length: 600 }, (_, index) => at(index)),
      );
      const nearby = createNearby(database, facts);
      for (const center of centers) {
        const all = sorted(rows, center);
        same(await first(nearby(center), 700), all);
        const from = all[311] as Place;
        const ring = { ...center, from, max: (all[450] as Place).distance };
        same(await first(nearby(ring), 700), sorted(rows, ring));
        const hole = { ...center, min: (all[200] as Place).distance };
        same(await first(nearby(hole), 40), sorted(rows, hole).slice(0, 40));
      }
    });
  }

  it('takes few statements, however many rows and however far', async () => {
    for (const [what, most] of [
      ['over the world', 12],
      ['in one country', 12],
      ['in a few cities', 20],
    ] as const) {
      const at = clusters[what] as (index: number) => Point;
      await fill(
        database,
        Array.from({ length: 5_000 }, (_, index) => at(index)),
      );
      const nearby = createNearby(database, facts);
      for (const center of centers.slice(0, 2)) {
        await first(nearby(center), 20);
        statements = 0;
        await first(nearby(center), 20);
        expect(statements, `${what}, from ${center.longitude}`).to.be.at.most(most);
      }
    }
  });

  it('reads by the index alone', async () => {
    const [row] = await fill(
      database,
      Array.from({ length: 5_000 }, (_, index) => clusters['in a few cities']?.(index) as Point),
    );
    for (const text of [...sql].filter((each) => /^select/i.test(each) && each.includes('cell'))) {
      const compared = [...text.matchAll(/(\w+)`? (>=|<|>|=)? ?\?/g)];
      const values = compared.map(([, column = '', comparison]) => {
        if (column === 'limit') return 5;
        return comparison === '<' ? 2 ** 52 : comparison === '=' ? Number(row?.[column as keyof Spot]) : 0;
      });
      const { knex } = database;
      if (name === 'SQLite') {
        const plan: { detail: string }[] = await knex.raw(`explain query plan ${text}`, values);
        const reads = plan.map(({ detail }) => detail).filter((detail) => /\bspot\b/.test(detail));
        expect(reads).to.not.deep.equal([]);
        for (const read of reads) expect(read).to.match(/^SEARCH spot USING COVERING INDEX spot_cell/);
      } else {
        const [plan] = (await knex.raw(`explain ${text}`, values)) as unknown as [MysqlPlan[]];
        const reads = plan.filter(({ table }) => table === 'spot');
        expect(reads).to.not.deep.equal([]);
        for (const { type, key, Extra } of reads) {
          expect([key, type === 'range' || type === 'ref']).to.deep.equal(['spot_cell', true]);
          expect(Extra).to.include('Using index').and.not.include('filesort');
        }
      }
    }
  });
});
