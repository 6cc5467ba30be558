/** A list in order of distance: places come nearest first, and each brings its items. */

export interface Place {
  readonly id: number;
  /** Metres. */
  readonly distance: number;
}

export interface NearestOptions<Item> {
  /** Nearest first; ties in order of id. */
  readonly places: AsyncIterable<readonly Place[]>;
  /** The items of one place in order of their id, at most `find`, behind the item `after`. */
  itemsAt(place: Place, page: { find: number; after: number }): AsyncIterable<readonly Item[]>;
  /** At most so many items; infinite for all. */
  readonly find: number;
  /** Continue behind this item, which is at that place. */
  readonly behind?: { readonly place: Place; readonly item: number } | undefined;
}

export async function* nearest<Item extends object>(
  options: NearestOptions<Item>,
): AsyncGenerator<(Item & { distance: number })[], void> {
  const { behind } = options;
  let left = options.find;
  for await (const places of options.places) {
    for (const place of places) {
      if (behind && isBefore(place, behind.place)) continue;
      const after = place.id === behind?.place.id ? behind.item : 0;
      for await (const items of options.itemsAt(place, { find: left, after })) {
        left -= items.length;
        if (items.length > 0) yield items.map((item) => ({ ...item, distance: place.distance }));
      }
      if (left <= 0) return;
    }
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.distance < b.distance || (a.distance === b.distance && a.id < b.id);
}
