/**
 * The earth cut into cells: longitude and latitude each halved again and again, so that a cell of a level has four of the
 * next one (a quadtree). A cell's number interleaves the bits of both, and those of all cells in it follow one another:
 * an ordinary index on the number finds what lies in a cell of any level.
 */

/** Degrees, WGS 84. */
export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** A cell of a level: the world is one of level 0. */
export interface Cell {
  readonly level: number;
  /** From the west and from the south, in cells of this level. */
  readonly x: number;
  readonly y: number;
}

/** Numbers up to 2^52 are exact; a cell of this level is at most 60 cm wide. */
export const finestLevel = 26;

export function cellAt({ longitude, latitude }: Point, level: number = finestLevel): Cell {
  const across = 2 ** level;
  const index = (part: number): number => Math.min(across - 1, Math.max(0, Math.floor(part * across)));
  return { level, x: index((longitude + 180) / 360), y: index((latitude + 90) / 180) };
}

/** What is stored beside a point: the number of its finest cell. */
export function cellNumber(point: Point): number {
  return firstNumber(cellAt(point));
}

/** The smallest cell that has both numbers. */
export function commonCell(a: number, b: number): Cell {
  let level = finestLevel;
  let [first, second] = [a, b];
  for (; first !== second; level--) [first, second] = [Math.floor(first / 4), Math.floor(second / 4)];
  const cell = { level, x: 0, y: 0 };
  for (let at = 1; at <= 2 ** (level - 1); at *= 2) {
    cell.x += at * (first % 2);
    cell.y += at * (Math.floor(first / 2) % 2);
    first = Math.floor(first / 4);
  }
  return cell;
}

/** The lowest number in the cell, and the first one behind it. */
export function numbersIn(cell: Cell): { readonly from: number; readonly until: number } {
  const from = firstNumber(cell);
  return { from, until: from + 4 ** (finestLevel - cell.level) };
}

function firstNumber({ level, x, y }: Cell): number {
  let number = 0;
  for (let bit = 2 ** (level - 1); bit >= 1; bit /= 2) {
    number = number * 4 + 2 * (Math.floor(y / bit) % 2) + (Math.floor(x / bit) % 2);
  }
  return number * 4 ** (finestLevel - level);
}

/** Those that the cell consists of, so many levels below. */
export function partsOf({ level, x, y }: Cell, below: number): Cell[] {
  const across = 2 ** below;
  return Array.from({ length: across ** 2 }, (_, index) => ({
    level: level + below,
    x: x * across + (index % across),
    y: y * across + Math.floor(index / across),
  }));
}

/** The cells that the world consists of: that at the point, of this level, and ever larger ones around it. */
export function around(point: Point, level: number): Cell[] {
  const cells = [cellAt(point, level)];
  for (let upper = level; upper > 0; upper--) {
    const inner = cellAt(point, upper);
    const siblings = partsOf(cellAt(point, upper - 1), 1);
    cells.push(...siblings.filter(({ x, y }) => x !== inner.x || y !== inner.y));
  }
  return cells;
}

/** IUGG mean radius in metres. */
const earthRadius = 6_371_008.8;
const radians = Math.PI / 180;
/** Half the circumference: nothing is farther. */
const farthest = earthRadius * Math.PI;
/** Rounding errors of the two ways to calculate a distance: near the antipode the arcsine makes 1e-16 some decimetres. */
const tolerance = 1;

/** Great-circle distance by the haversine formula, good to half a per cent. */
export function metresBetween(a: Point, b: Point): number {
  const latitudes = Math.sin(((b.latitude - a.latitude) * radians) / 2) ** 2;
  const longitudes = Math.sin(((b.longitude - a.longitude) * radians) / 2) ** 2;
  const chord = latitudes + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * longitudes;
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Metres that no point of the cell is farther than. */
export function mostDistance({ longitude, latitude }: Point, cell: Cell): number {
  const antipode = { longitude: longitude > 0 ? longitude - 180 : longitude + 180, latitude: -latitude };
  return farthest - leastDistance(antipode, cell) + tolerance;
}

/** Metres that no point of the cell is nearer than. */
export function leastDistance(point: Point, { level, x, y }: Cell): number {
  const width = 360 / 2 ** level;
  const height = 180 / 2 ** level;
  const west = x * width - 180;
  const south = y * height - 90;
  const { longitude, latitude } = point;
  if (longitude >= west && longitude <= west + width) {
    const nearest = Math.min(south + height, Math.max(south, latitude));
    return lessTolerance(metresBetween(point, { longitude, latitude: nearest }));
  }
  const north = south + height;
  const toWest = leastToMeridian(point, west, south, north);
  return lessTolerance(Math.min(toWest, leastToMeridian(point, west + width, south, north)));
}

/** The nearest point of a part of a meridian is one of its ends, or where a great circle meets it at a right angle. */
function leastToMeridian(point: Point, longitude: number, south: number, north: number): number {
  const angle = (longitude - point.longitude) * radians;
  const own = point.latitude * radians;
  const foot = Math.atan2(Math.sin(own), Math.cos(own) * Math.cos(angle)) / radians;
  const to = (latitude: number) => metresBetween(point, { longitude, latitude });
  const least = Math.min(to(south), to(north));
  return foot > south && foot < north ? Math.min(least, to(foot)) : least;
}

function lessTolerance(metres: number): number {
  return Math.max(0, metres - tolerance);
}
