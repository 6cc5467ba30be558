/** What is read of the rows in cells: a few statements, each served by the index of cell, longitude and latitude. */
import { once } from '../async/once.js';
import { createSharedRead, type SharedRead } from '../database/gathered-reads.js';
import type { Database } from '../database/types.js';
import { type Cell, cellNumber, numbersIn, type Point } from './cells.js';

export interface NearbyFacts {
  readonly table: string;
  /** Degrees, WGS 84; null where there is no location. */
  readonly longitude: string;
  readonly latitude: string;
  /** Number of the cell. Begins an index of all three columns, in this order: cell, longitude, latitude. */
  readonly cell: string;
}

export interface Located extends Point {
  readonly id: number;
}

export interface CellContent {
  /** In order of the number; of a full cell only so many as say that it is. */
  readonly rows: Located[];
  /** The highest number in it. */
  readonly last: number | undefined;
}

interface Content extends CellContent {
  last: number | undefined;
}

export interface CellReader {
  /** Cells that one statement looks into. */
  readonly most: number;
  /** A cell with so many rows is looked into by its parts, unless many are wanted. */
  readonly full: number;
  /** Of each cell, in the order of the cells; so many at most, which say that it is full. */
  rowsIn(cells: readonly Cell[], full: number): Promise<CellContent[]>;
  /** Where there is something, in a cell of the finest level. */
  positionsIn(cell: Cell): AsyncIterable<Point>;
  /** Ids behind this one. */
  idsAt(position: Point, behind: number, limit: number): Promise<number[]>;
}

interface Portions {
  /** Looked into by one statement. */
  readonly cells: number;
  /** A cell with so many rows is looked into by its parts, unless many are wanted. */
  readonly rows: number;
}

/**
 * Rows that are not wanted cost less than another cell or statement. To a server each statement costs as much as a hundred
 * rows, and each of its parts as much as ten.
 */
const portions: Readonly<Record<Database['dialect']['name'], Portions>> = {
  sqlite: { cells: 16, rows: 48 },
  mysql: { cells: 12, rows: 65 },
};

export function createCellReader(database: Database, facts: NearbyFacts): CellReader {
  const { cells: most, rows: full } = portions[database.dialect.name];
  const rowsOf = Array.from({ length: most }, (_, count) => rowsStatement(database, facts, count + 1));
  const { fartherEast, fartherNorth, ids } = positionStatements(database, facts);

  return {
    most,
    full,
    async rowsIn(cells, limit) {
      if (cells.length === 0) return [];
      const values: Record<string, number> = { limit };
      for (const [at, cell] of cells.entries()) {
        const { from, until } = numbersIn(cell);
        values[`from_${at}`] = from;
        values[`until_${at}`] = until;
      }
      const found = cells.map((): Content => ({ rows: [], last: undefined }));
      for (const row of (await rowsOf[cells.length - 1]?.()(values)) ?? []) {
        const [part, id, longitude, latitude, last] = row as unknown as Location;
        const content = found[part];
        content?.rows.push({ id, longitude, latitude });
        if (content) content.last = last;
      }
      return found;
    },
    async *positionsIn(cell) {
      const { from: number } = numbersIn(cell);
      let last: Point = { longitude: -181, latitude: -91 };
      for (;;) {
        const next: Point | undefined =
          (await fartherNorth.first({ cell: number, ...last })) ??
          (await fartherEast.first({ cell: number, longitude: last.longitude }));
        if (!next) return;
        yield next;
        last = next;
      }
    },
    async idsAt(position, behind, limit) {
      const rows = await ids.tuples({ ...position, cell: cellNumber(position), behind, limit });
      return rows.map(([id]) => id as number);
    },
  };
}

type Location = readonly [part: number, id: number, longitude: number, latitude: number, last: number];

/** One statement for so many cells; compiled when it is first needed. */
function rowsStatement(
  database: Database,
  { table, cell, longitude, latitude }: NearbyFacts,
  cells: number,
): () => SharedRead {
  const highest = '(select ?? from ?? where ?? >= ? and ?? < ? order by ?? desc limit 1)';
  const one = `select ? as part, ?? as id, ?? as longitude, ?? as latitude, ${highest} as last from ??
    where ?? >= ? and ?? < ? order by ?? limit ?`;
  // Each database refuses the other's form or makes a table of each part.
  const [begin, end] = database.dialect.name === 'mysql' ? ['(', ')'] : ['select * from (', ')'];
  return once(() => {
    return createSharedRead(database, (knex, parameter) => {
      const parts = Array.from({ length: cells }, (_, at) => {
        const range = [cell, parameter(`from_${at}`), cell, parameter(`until_${at}`), cell];
        return knex.raw(begin + one + end, [
          ...[
            knex.raw(String(at)),
            'id',
            longitude,
            latitude,
            cell,
            table,
            ...range,
            table,
            ...range,
            parameter('limit'),
          ],
        ]);
      });
      return knex.raw(parts.map(() => '?').join(' union all '), parts);
    });
  });
}

function positionStatements(database: Database, { table, cell, longitude, latitude }: NearbyFacts) {
  const position = { longitude, latitude };
  return {
    fartherNorth: database.statement<Point>((knex, parameter) =>
      knex(table)
        .select(position)
        .where(cell, parameter('cell'))
        .where(longitude, parameter('longitude'))
        .where(latitude, '>', parameter('latitude'))
        .orderBy(latitude)
        .limit(1),
    ),
    fartherEast: database.statement<Point>((knex, parameter) =>
      knex(table)
        .select(position)
        .where(cell, parameter('cell'))
        .where(longitude, '>', parameter('longitude'))
        .orderBy([longitude, latitude])
        .limit(1),
    ),
    ids: database.statement((knex, parameter) =>
      knex(table)
        .select('id')
        .where(cell, parameter('cell'))
        .where(longitude, parameter('longitude'))
        .where(latitude, parameter('latitude'))
        .where('id', '>', parameter('behind'))
        .orderByRaw('?? limit ?', ['id', parameter('limit')]),
    ),
  };
}
