/** The route table: an exact path is one look-up; a path with parameters is a walk along its segments. */
import type { HttpMethod } from '@palestra/core';

interface Route<Target> {
  readonly methods: Map<string, Target>;
  readonly names: readonly string[];
}

interface Segment<Target> {
  readonly literals: Map<string, Segment<Target>>;
  parameter?: Segment<Target>;
  route?: Route<Target>;
}

export interface Match<Target> {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}

export interface NoMethod {
  readonly allow: readonly string[];
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});

export class RouteTable<Target> {
  readonly #exact = new Map<string, Route<Target>>();
  readonly #root: Segment<Target> = { literals: new Map() };

  add(method: HttpMethod, path: string, target: Target): void {
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
    const route = names.length === 0 ? this.#exactRoute(path) : this.#segmentRoute(path, names);
    route.methods.set(method.toUpperCase(), target);
    // RFC 9110 section 9.3.2: HEAD wherever GET is; Koa sends no body.
    if (method === 'get') route.methods.set('HEAD', target);
  }

  /** Undefined for a path that is not described; `allow` where only the method is wrong. */
  match(method: string, path: string): Match<Target> | NoMethod | undefined {
    const exact = this.#exact.get(path);
    if (exact) return pick(exact, method, noParams);
    const values: string[] = [];
    const route = walk(this.#root, path.split('/'), 1, values);
    if (!route) return undefined;
    return pick(route, method, Object.fromEntries(route.names.map((name, index) => [name, values[index] ?? ''])));
  }

  #exactRoute(path: string): Route<Target> {
    const route = this.#exact.get(path) ?? { methods: new Map<string, Target>(), names: [] };
    this.#exact.set(path, route);
    return route;
  }

  #segmentRoute(path: string, names: readonly string[]): Route<Target> {
    let node = this.#root;
    for (const segment of path.split('/').slice(1)) node = child(node, segment);
    node.route ??= { methods: new Map(), names };
    if (node.route.names.join() !== names.join()) {
      throw new Error(
        `${path} names its parameters otherwise than {${node.route.names.join('}, {')}} at the same place.`,
      );
    }
    return node.route;
  }
}

function pick<Target>(
  route: Route<Target>,
  method: string,
  params: Readonly<Record<string, string>>,
): Match<Target> | NoMethod {
  const target = route.methods.get(method);
  return target === undefined ? { allow: [...route.methods.keys()] } : { target, params };
}

function child<Target>(node: Segment<Target>, segment: string): Segment<Target> {
  if (segment.startsWith('{')) {
    node.parameter ??= { literals: new Map() };
    return node.parameter;
  }
  const next = node.literals.get(segment) ?? { literals: new Map() };
  node.literals.set(segment, next);
  return next;
}

/** A literal wins over a parameter; an undecodable or empty segment matches no parameter. */
function walk<Target>(
  node: Segment<Target>,
  segments: readonly string[],
  at: number,
  values: string[],
): Route<Target> | undefined {
  if (at === segments.length) return node.route;
  const segment = segments[at] ?? '';
  const literal = node.literals.get(segment);
  const found = literal && walk(literal, segments, at + 1, values);
  if (found || !node.parameter || segment === '') return found;
  const value = decode(segment);
  if (value === undefined) return undefined;
  values.push(value);
  const route = walk(node.parameter, segments, at + 1, values);
  if (!route) values.pop();
  return route;
}

function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
