/** How far apart rows are in a part of the world, as the searches there found them: how far the next one has to look. */
import { cellAt, type Point } from './cells.js';

export interface Spacings {
  /** Metres: a circle of this radius around the point has one row, one twice as wide has four. */
  near(point: Point): number;
  /** A circle around the point has so many rows. */
  learn(point: Point, rows: number, radius: number): void;
}

/** Of the cells that rows are as far apart in: 80 km from south to north. */
const regionLevel = 8;
const mostRegions = 1_000;
/** Metres, before anything was found, and where all rows are at one position. */
const unknown = 2_000;
const least = 1;

export function createSpacings(): Spacings {
  const regions = new Map<number, number>();
  let latest = unknown;

  function regionOf(point: Point): number {
    const { x, y } = cellAt(point, regionLevel);
    return y * 2 ** regionLevel + x;
  }

  return {
    near: (point) => regions.get(regionOf(point)) ?? latest,
    learn(point, rows, radius) {
      latest = Math.max(least, radius / Math.sqrt(rows));
      if (regions.size >= mostRegions) regions.clear();
      regions.set(regionOf(point), latest);
    },
  };
}
