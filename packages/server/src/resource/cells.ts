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
export function partsOf(cell: Cell, below: number): Cell[] {
  const across = 2 ** below;
  const level = cell.level + below;
  const [west, south] = [cell.x * across, cell.y * across];
  const parts: Cell[] = [];
  for (let y = south; y < south + across; y++) {
    for (let x = west; x < west + across; x++) parts.push({ level, x, y });
  }
  return parts;
}

export function parentOf({ level, x, y }: Cell): Cell {
  return { level: level - 1, x: Math.floor(x / 2), y: Math.floor(y / 2) };
}

/** The level whose cells are about so many metres high. */
export function levelOfHeight(metres: number): number {
  return Math.min(finestLevel, Math.max(0, Math.round(Math.log2(farthest / metres))));
}

/** Metres that no point of the cell is nearer than. */
export interface DistantCell {
  readonly cell: Cell;
  readonly distance: number;
}

export interface Surroundings {
  /** Of the cells within reach. */
  readonly level: number;
  /** Metres. */
  readonly reach: number;
  /** Metres; cells whose points are all nearer are left out. */
  readonly nearest: number;
  /** Where more cells are within reach they are larger: near a pole they are narrow. */
  readonly most: number;
}

/** Small cells within reach of the point and larger ones around them, which together are one cell with all that is in reach. */
export function around(
  point: Point,
  { level, reach, nearest, most }: Surroundings,
): { home: Cell; cells: DistantCell[] } {
  let home = cellAt(point, level);
  while (distanceOut(point, home) < reach) home = parentOf(home);
  const outside: DistantCell[] = [];
  let inside: DistantCell[] = [{ cell: home, distance: 0 }];
  for (let upper = home.level; upper < level && inside.length <= most; upper++) {
    const next: DistantCell[] = [];
    for (const each of inside) {
      for (const cell of partsOf(each.cell, 1)) {
        if (nearest > 0 && mostDistance(point, cell) < nearest) continue;
        const distance = leastDistance(point, cell);
        (distance > reach ? outside : next).push({ cell, distance });
      }
    }
    inside = next;
  }
  return { home, cells: [...inside, ...outside] };
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

/** Metres that no point outside of the cell, in which the point is, is nearer than; infinite for the world. */
export function distanceOut(point: Point, { level, x, y }: Cell): number {
  if (level === 0) return Number.POSITIVE_INFINITY;
  const across = 2 ** level;
  const [width, height] = [360 / across, 180 / across];
  const west = x * width - 180;
  const toSouth = y === 0 ? Number.POSITIVE_INFINITY : point.latitude - (y * height - 90);
  const toNorth = y === across - 1 ? Number.POSITIVE_INFINITY : (y + 1) * height - 90 - point.latitude;
  const toWest = leastToMeridian(point, west, -90, 90);
  const toEast = leastToMeridian(point, west + width, -90, 90);
  return lessTolerance(Math.min(toSouth * radians * earthRadius, toNorth * radians * earthRadius, toWest, toEast));
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
  if (foot > south && foot < north) return metresBetween(point, { longitude, latitude: foot });
  const toSouth = metresBetween(point, { longitude, latitude: south });
  return Math.min(toSouth, metresBetween(point, { longitude, latitude: north }));
}

function lessTolerance(metres: number): number {
  return Math.max(0, metres - tolerance);
}
