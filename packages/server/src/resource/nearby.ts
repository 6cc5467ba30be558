/**
 * Rows by their distance from a point, nearest first. The cells around the point wait in a queue by the least distance that
 * something in them can have; the nearest are looked into, a full one becomes its parts, and a row is yielded once no cell
 * can have a nearer one. So only cells are read that may hold the answer, wherever the point and however many rows. How far
 * apart rows were there before says how large the first cells are: one statement then has all that is wanted.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../database/types.js';
import { type CellContent, type CellReader, createCellReader, type Located, type NearbyFacts } from './cell-reader.js';
import {
  around,
  type Cell,
  cellNumber,
  commonCell,
  type DistantCell,
  distanceOut,
  finestLevel,
  leastDistance,
  levelOfHeight,
  metresBetween,
  mostDistance,
  type Point,
  parentOf,
  partsOf,
  type Surroundings,
} from './cells.js';
import { amongMost } from './query.js';
import { createQueue, type Queue } from './queue.js';
import { createSpacings } from './spacings.js';

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
  /** All that is outside of this one. */
  readonly outside?: Cell;
  /** A cell of the finest level with many rows. */
  readonly crowd?: Cell;
  /** One position that many rows share. */
  readonly position?: Point;
}

/** Levels from a full cell to the parts that it is looked into as. */
const below = 2;
/** Places that one chunk has where it is not known how many are enough. */
const chunkSize = 32;
/** A cell is full that has so many times the rows of a chunk, where that is more than a cell has else. */
const fullOf = 2;
/** Rows of one statement at most: others wait while they are taken apart. */
const mostRows = 2_000;
/** Statements after which others get a turn. */
const turn = 8;

/** How many times the area that should have a chunk is looked into at first: to look once more costs more. */
const margin = 1.5;

export function createNearby(
  database: Database,
  facts: NearbyFacts,
): (options: NearbyOptions) => AsyncGenerator<Place[], void> {
  const reader = createCellReader(database, facts);
  const spacings = createSpacings();

  return async function* nearby(options) {
    const size = Math.min(amongMost, options.enough ?? chunkSize);
    const search = createSearch(reader, options, { size, radius: spacings.near(options) * Math.sqrt(margin * size) });
    let found = 0;
    for (let chunk = await search.next(); chunk.length > 0; chunk = await search.next()) {
      found += chunk.length;
      if (nearestOf(options) === 0) spacings.learn(options, found, (chunk.at(-1) as Place).distance);
      yield chunk;
    }
  };
}

/** Metres that no place is nearer than. */
const nearestOf = ({ min = 0, from }: NearbyOptions): number => Math.max(min, from?.distance ?? 0);

interface Search {
  /** Empty at the end. */
  next(): Promise<Place[]>;
}

interface Extent {
  /** Of a chunk. */
  readonly size: number;
  /** Metres: of a circle that has a chunk, as far as is known. */
  readonly radius: number;
}

/** What waits to be yielded or looked into, nearest first. */
interface Waitings extends Pick<Queue<Waiting>, 'head' | 'take' | 'add'> {
  addPlace(place: Waiting): void;
  /** What is outside of the cell: those beside it, and all that is outside of these. */
  addBeside(cell: Cell): void;
  /** The smallest cell that has everything of a full one, by its parts: what is around it is empty. */
  addParts(cell: Cell): void;
  addPosition(position: Point): void;
}

function createWaitings(options: NearbyOptions, surroundings: Surroundings): Waitings {
  const { min = 0, max = Number.POSITIVE_INFINITY, from } = options;
  const { nearest } = surroundings;
  const queue = createQueue<Waiting>(isBefore);

  function addCell({ cell, distance }: DistantCell): void {
    const reaches = nearest === 0 || mostDistance(options, cell) >= nearest;
    if (distance <= max && reaches) queue.add({ id: -1, distance, cell });
  }

  const addPart = (cell: Cell): void => addCell({ cell, distance: leastDistance(options, cell) });

  function addOutside(outside: Cell): void {
    const distance = distanceOut(options, outside);
    if (outside.level > 0 && distance <= max) queue.add({ id: -1, distance, outside });
  }

  const { home, cells } = around(options, surroundings);
  for (const cell of cells) addCell(cell);
  addOutside(home);

  return {
    head: () => queue.head(),
    take: () => queue.take(),
    add: (waiting) => queue.add(waiting),
    addBeside(cell) {
      const parent = parentOf(cell);
      for (const part of partsOf(parent, 1)) if (part.x !== cell.x || part.y !== cell.y) addPart(part);
      addOutside(parent);
    },
    addPlace(place) {
      const { distance } = place;
      if (distance >= min && distance <= max && !(from && isBefore(place, from))) queue.add(place);
    },
    addParts(cell) {
      if (cell.level === finestLevel) queue.add({ id: -1, distance: leastDistance(options, cell), crowd: cell });
      else for (const part of partsOf(cell, Math.min(below, finestLevel - cell.level))) addPart(part);
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

function createSearch(reader: CellReader, options: NearbyOptions, { size, radius }: Extent): Search {
  const nearest = nearestOf(options);
  const reach = Math.min(options.max ?? Number.POSITIVE_INFINITY, Math.hypot(nearest, radius));
  const level = levelOfHeight(Math.min(radius, reach));
  const waitings = createWaitings(options, { level, reach, nearest, most: reader.most });
  const full = Math.max(reader.full, fullOf * size);
  const atOnce = Math.min(reader.most, Math.floor(mostRows / full));
  let statements = 0;

  /** Cells at the head of the queue, and so many behind it as one statement takes. */
  async function lookInto({ distance }: Waiting): Promise<void> {
    const cells: Cell[] = [];
    const others: Waiting[] = [];
    // What is behind the reach is not looked into for as long as that may do without it.
    const until = distance <= reach ? reach : Number.POSITIVE_INFINITY;
    while (cells.length < atOnce && others.length < size) {
      const waiting = waitings.head();
      if (!waiting || waiting.distance > until) break;
      waitings.take();
      if (waiting.cell) cells.push(waiting.cell);
      else if (waiting.outside) waitings.addBeside(waiting.outside);
      else others.push(waiting);
    }
    for (const each of others) waitings.add(each);
    for (const content of await reader.rowsIn(cells, full)) addContent(content);
  }

  function addContent({ rows, last }: CellContent): void {
    if (rows.length < full) {
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
    if (head.cell || head.outside) return lookInto(head);
    waitings.take();
    if (head.crowd) await readCrowd(head.crowd);
    if (head.position) await readPosition(head.position, head);
  }

  return {
    async next() {
      const chunk: Place[] = [];
      while (chunk.length < size) {
        const head = waitings.head();
        if (!head) break;
        if (head.cell || head.outside || head.crowd || head.position) await open(head);
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
