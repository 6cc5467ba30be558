/** By distance: the same as sorting all rows, by statements that each take an index and read no more than they may. */
import { expect } from 'chai';
import fc from 'fast-check';
import { migrate } from '../../src/database/migrate.js';
import type { Database } from '../../src/database/types.js';
import {
  around,
  type Cell,
  cellAt,
  cellNumber,
  distanceOut,
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

const poles = fc.record({ longitude, latitude: fc.constantFrom(-90, -89.999, 89.999, 90) });
const level = fc.integer({ min: 0, max: 26 });

const isIn = (place: Point, cell: Cell): boolean => {
  const { x, y } = cellAt(place, cell.level);
  return x === cell.x && y === cell.y;
};

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

  it('have nothing outside that is nearer than their edge', () => {
    fc.assert(
      fc.property(fc.oneof(point, poles), point, level, (center, place, at) => {
        const cell = cellAt(center, at);
        fc.pre(!isIn(place, cell));
        expect(distanceOut(center, cell)).to.be.at.most(metresBetween(center, place));
      }),
      { numRuns: 2_000 },
    );
  });

  it('around a point are few, do not overlap, and have all that is in reach', () => {
    const metres = fc.double({ min: 0, max: 7.3, noNaN: true }).map((digits) => 10 ** digits);
    fc.assert(
      fc.property(fc.oneof(point, poles), point, level, metres, (center, place, at, reach) => {
        const { home, cells } = around(center, { level: at, reach, nearest: 0, most: 12 });
        expect(cells.filter(({ distance }) => distance <= reach).length).to.be.at.most(48);
        const having = cells.filter(({ cell }) => isIn(place, cell));
        expect(having.length).to.equal(isIn(place, home) ? 1 : 0);
        if (having.length === 0) expect(metresBetween(center, place)).to.be.at.least(reach);
        for (const { distance } of having) expect(distance).to.be.at.most(metresBetween(center, place));
      }),
      { numRuns: 2_000 },
    );
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

  async function statementsFor(places: AsyncIterable<Place[]>): Promise<number> {
    statements = 0;
    await first(places, 20);
    return statements;
  }

  const pointsOf = (what: string, count: number): Point[] =>
    Array.from({ length: count }, (_, index) => clusters[what]?.(index) as Point);

  it('takes few statements, however many rows and however far', async () => {
    for (const [what, most] of [
      ['over the world', [2, 2]],
      ['in one country', [2, 8]],
      ['in a few cities', [10, 14]],
    ] as const) {
      await fill(database, pointsOf(what, 5_000));
      const nearby = createNearby(database, facts);
      for (const [at, center] of centers.slice(0, 2).entries()) {
        await first(nearby(center), 20);
        expect(await statementsFor(nearby(center)), `${what}, from ${center.longitude}`).to.be.at.most(most[at] ?? 0);
      }
    }
  });

  it('takes one statement from most points, once a search has shown how far apart rows are', async () => {
    await fill(database, pointsOf('in one country', 5_000));
    const nearby = createNearby(database, facts);
    await first(nearby({ longitude: 12, latitude: 48, enough: 20 }), 20);
    let sum = 0;
    for (let at = 0; at < 30; at++) {
      sum += await statementsFor(nearby({ longitude: 10.5 + at / 5, latitude: 46.9 + at / 20, enough: 20 }));
    }
    expect(sum).to.be.at.most(45);
  });

  it('takes few statements at a pole, and where a hole is much wider than rows are apart', async () => {
    const nearby = createNearby(database, facts);
    await fill(
      database,
      Array.from({ length: 2_000 }, (_, index) => ({
        longitude: index * 0.18 - 180,
        latitude: 89.99 + (index % 9) / 1e3,
      })),
    );
    for (const longitude of [0, 77]) {
      const center = { longitude, latitude: 90 };
      await first(nearby(center), 20);
      expect(await statementsFor(nearby(center)), 'at the pole').to.be.at.most(10);
    }
    await fill(database, pointsOf('within a metre', 600));
    const center = { longitude: 13, latitude: 47 };
    await first(nearby(center), 20);
    expect(await statementsFor(nearby({ ...center, min: 5_000_000 })), 'around a hole').to.be.at.most(10);
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
