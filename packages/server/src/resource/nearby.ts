/**
 * Rows by their distance from a point, nearest first. The cells around the point wait in a queue by the least distance that
 * something in them can have; the nearest are looked into, a full one becomes its parts, and a row is yielded once no cell
 * can have a nearer one. So only cells are read that may hold the answer, wherever the point and however many rows.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../database/types.js';
import { type CellContent, type CellReader, createCellReader, type Located, type NearbyFacts } from './cell-reader.js';
import {
  around,
  type Cell,
  cellNumber,
  commonCell,
  finestLevel,
  leastDistance,
  metresBetween,
  mostDistance,
  type Point,
  partsOf,
} from './cells.js';
import { createQueue, type Queue } from './queue.js';

export interface Place {
  readonly id: number;
  /** Metres. */
  readonly distance: number;
}

export interface NearbyOptions extends Point {
  /** Metres, both included. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Nothing before this place, in order of distance, then id. */
  readonly from?: Place | undefined;
  /** Of a chunk at most, where it is known how many are enough; infinite if absent. */
  readonly enough?: number | undefined;
}

/** A place that is an answer, or what may hold the next one. */
interface Waiting extends Place {
  /** Not looked into yet. */
  readonly cell?: Cell;
  /** A cell of the finest level with many rows. */
  readonly crowd?: Cell;
  /** One position that many rows share. */
  readonly position?: Point;
}

/** Levels from a full cell to the parts that it is looked into as. */
const below = 2;
/** Places that one chunk has. */
const chunkSize = 32;
/** Statements after which others get a turn. */
const turn = 8;

/** A cell with a part of the rows of a full one has few. */
const fewOf = 8;

/** The level where the search begins: that at which the last one found something. */
const firstLevel = 12;

export function createNearby(
  database: Database,
  facts: NearbyFacts,
): (options: NearbyOptions) => AsyncGenerator<Place[], void> {
  const reader = createCellReader(database, facts);
  let level = firstLevel;

  return async function* nearby(options) {
    const search = createSearch(reader, options);
    for (const cell of around(options, level)) search.addCell(cell);
    for (let chunk = await search.next(); chunk.length > 0; chunk = await search.next()) {
      level = search.level ?? level;
      yield chunk;
    }
  };
}

interface Search {
  addCell(cell: Cell): void;
  /** Empty at the end. */
  next(): Promise<Place[]>;
  /** Of the cell where something was found first, or the one above. */
  readonly level: number | undefined;
}

/** What waits to be yielded or looked into, nearest first. */
interface Waitings extends Pick<Queue<Waiting>, 'size' | 'head' | 'take' | 'add'> {
  addCell(cell: Cell): void;
  addPlace(place: Waiting): void;
  /** The smallest cell that has everything of a full one, by its parts: what is around it is empty. */
  addParts(cell: Cell): void;
  addPosition(position: Point): void;
}

function createWaitings(options: NearbyOptions): Waitings {
  const { min = 0, max = Number.POSITIVE_INFINITY, from } = options;
  const nearest = Math.max(min, from?.distance ?? 0);
  const queue = createQueue<Waiting>(isBefore);

  function addCell(cell: Cell): void {
    const distance = leastDistance(options, cell);
    const reaches = nearest === 0 || mostDistance(options, cell) >= nearest;
    if (distance <= max && reaches) queue.add({ id: -1, distance, cell });
  }

  return {
    get size() {
      return queue.size;
    },
    head: () => queue.head(),
    take: () => queue.take(),
    add: (waiting) => queue.add(waiting),
    addCell,
    addPlace(place) {
      const { distance } = place;
      if (distance >= min && distance <= max && !(from && isBefore(place, from))) queue.add(place);
    },
    addParts(cell) {
      if (cell.level === finestLevel) queue.add({ id: -1, distance: leastDistance(options, cell), crowd: cell });
      else for (const part of partsOf(cell, Math.min(below, finestLevel - cell.level))) addCell(part);
    },
    addPosition(position) {
      const distance = metresBetween(options, position);
      const behind = from?.distance === distance ? from.id - 1 : 0;
      if (distance >= min && distance <= max && distance >= (from?.distance ?? 0)) {
        queue.add({ id: behind, distance, position });
      }
    },
  };
}

function createSearch(reader: CellReader, options: NearbyOptions): Search {
  const waitings = createWaitings(options);
  let level: number | undefined;
  let statements = 0;
  const size = Math.min(chunkSize, options.enough ?? chunkSize);

  /** Cells at the head of the queue, and so many behind it as one statement takes. */
  async function lookInto(): Promise<void> {
    const cells: Cell[] = [];
    const others: Waiting[] = [];
    while (cells.length < reader.most && waitings.size > 0 && others.length < chunkSize) {
      const waiting = waitings.take() as Waiting;
      if (waiting.cell) cells.push(waiting.cell);
      else others.push(waiting);
    }
    for (const each of others) waitings.add(each);
    const found = await reader.rowsIn(cells);
    for (const [at, cell] of cells.entries()) addContent(cell, found[at] ?? { rows: [], last: undefined });
  }

  function addContent(cell: Cell, { rows, last }: CellContent): void {
    // Where a cell has few rows, the next search begins with one that has more.
    if (rows.length > 0) level ??= Math.max(0, rows.length * fewOf < reader.full ? cell.level - 1 : cell.level);
    if (rows.length < reader.full) {
      for (const row of rows) waitings.addPlace({ id: row.id, distance: metresBetween(options, row) });
    } else {
      waitings.addParts(commonCell(cellNumber(rows[0] as Located), last ?? 0));
    }
  }

  async function readCrowd(cell: Cell): Promise<void> {
    for await (const position of reader.positionsIn(cell)) waitings.addPosition(position);
  }

  /** Rows of one position in order of their id; what is left of them waits behind the last. */
  async function readPosition(position: Point, { id: behind, distance }: Place): Promise<void> {
    const ids = await reader.idsAt(position, behind, chunkSize);
    for (const id of ids) waitings.addPlace({ id, distance });
    const last = ids.at(-1);
    if (ids.length === chunkSize && last !== undefined) waitings.add({ id: last, distance, position });
  }

  async function open(head: Waiting): Promise<void> {
    if (++statements % turn === 0) await setImmediate();
    if (head.cell) return lookInto();
    waitings.take();
    if (head.crowd) await readCrowd(head.crowd);
    if (head.position) await readPosition(head.position, head);
  }

  return {
    addCell: waitings.addCell,
    get level() {
      return level;
    },
    async next() {
      const chunk: Place[] = [];
      while (chunk.length < size) {
        const head = waitings.head();
        if (!head) break;
        if (head.cell || head.crowd || head.position) await open(head);
        else {
          waitings.take();
          chunk.push({ id: head.id, distance: head.distance });
        }
      }
      return chunk;
    },
  };
}

/** At one distance cells come first, as they may hold places of any id; a position comes behind the rows read of it. */
function isBefore(a: Waiting | Place, b: Waiting | Place): boolean {
  return a.distance < b.distance || (a.distance === b.distance && a.id < b.id);
}
