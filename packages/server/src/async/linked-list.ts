/**
 * What is under way, in the order in which it came: as a set of what comes and goes with every request, but for the garbage
 * collector. V8 copies the table of a `Set` or `Map` whenever deleted entries fill it, and links the old table to the new one.
 * Once a table has become old, all that follow are kept, with what they hold, until the whole heap is collected: two fifths of
 * what requests had made survived. Here what was removed leads to nothing.
 */
export class LinkedList<Value> {
  #first: Link<Value> | undefined;
  #last: Link<Value> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Value | undefined {
    return this.#first?.value;
  }

  /** Behind all others. */
  add(value: Value): Link<Value> {
    const link: Link<Value> = { value, list: this, previous: this.#last, next: undefined };
    if (this.#last) this.#last.next = link;
    else this.#first = link;
    this.#last = link;
    this.#size += 1;
    return link;
  }

  /** False where it is no longer in the list. */
  remove(link: Link<Value>): boolean {
    if (link.list !== this) return false;
    const { previous, next } = link;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    link.list = link.previous = link.next = undefined;
    this.#size -= 1;
    return true;
  }

  /** Of those in it now; removing one does not disturb who goes through them. */
  links(): Link<Value>[] {
    const links: Link<Value>[] = [];
    for (let link = this.#first; link; link = link.next) links.push(link);
    return links;
  }
}

/** The place of a value in its list. */
export interface Link<Value> {
  readonly value: Value;
  list: LinkedList<Value> | undefined;
  previous: Link<Value> | undefined;
  next: Link<Value> | undefined;
}
