/** A priority queue: a binary heap in an array. */

export interface Queue<Item> {
  add(item: Item): void;
  /** The first item, left in the queue. */
  head(): Item | undefined;
  take(): Item | undefined;
}

export function createQueue<Item>(isBefore: (a: Item, b: Item) => boolean): Queue<Item> {
  const items: Item[] = [];
  const at = (index: number): Item => items[index] as Item;

  function swap(a: number, b: number): void {
    [items[a], items[b]] = [at(b), at(a)];
  }

  function rise(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isBefore(at(child), at(parent))) return;
      swap(child, parent);
      child = parent;
    }
  }

  function sink(): void {
    for (let parent = 0; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      let first = parent;
      if (left < items.length && isBefore(at(left), at(first))) first = left;
      if (right < items.length && isBefore(at(right), at(first))) first = right;
      if (first === parent) return;
      swap(first, parent);
      parent = first;
    }
  }

  return {
    add(item) {
      items.push(item);
      rise(items.length - 1);
    },
    head: () => items[0],
    take() {
      const head = items[0];
      const last = items.pop();
      if (items.length > 0) {
        items[0] = last as Item;
        sink();
      }
      return head;
    },
  };
}
