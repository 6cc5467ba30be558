/**
 * Gives the tables in a text of SQL other names. It reads the text by tokens and knows where SQL names a table: after
 * FROM, INTO and the like, in a list of tables, and before the dot of a column. A string, a comment, a column, or a
 * column's alias of the same name stays as it is.
 */

export interface Renaming {
  /** Of a table or view, or undefined where it stays. */
  table(name: string): string | undefined;
  /** Of an index, a constraint or a trigger. */
  object(name: string): string | undefined;
}

const tokenPattern = {
  // A double-quoted text is a name in SQLite and a string in MySQL; only MySQL escapes by backslashes.
  sqlite: /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|\s+|[\s\S]/g,
  mysql:
    /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|(?:--\s|#)[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|\s+|[\s\S]/g,
} as const;

const word = /^[A-Za-z_]/;
const blank = /^(?:\s|--|#|\/\*)/;

/** What may stand between the keyword and the table. */
const modifiers = new Set(
  'IF NOT EXISTS OR ABORT FAIL ROLLBACK IGNORE REPLACE LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK LATERAL ONLY RECURSIVE'.split(
    ' ',
  ),
);
/** After the head of a trigger, its statements. */
const bodies = new Set(['BEGIN', 'ROW']);
/** What ends a list of tables. */
const enders = new Set(
  'WHERE SET GROUP ORDER LIMIT HAVING UNION EXCEPT INTERSECT VALUES RETURNING WINDOW SELECT'.split(' '),
);
/** Statements that take several tables after TABLE. */
const onMany = new Set(['DROP', 'LOCK', 'ANALYZE', 'CHECK', 'OPTIMIZE', 'RENAME', 'TRUNCATE']);

/** A statement, or what is between two parentheses. */
interface Frame {
  /** `SELECT`, `CREATE` and so on; undefined before it and where the parentheses hold something else. */
  verb?: string;
  /** What is created: `INDEX`, `TRIGGER`, `TABLE`. */
  object?: string;
  /** The next name is that of a table; `object`: of an index, a constraint or a trigger. */
  next?: 'table' | 'object' | undefined;
  /** A comma is followed by another one. */
  list?: boolean;
  /** All names here are of indexes: a hint. */
  hint?: boolean;
  /** A table has just been named, so that a name may follow by which the statement calls it. */
  named?: boolean;
  /** The name before a dot was that of a schema, whose table stays. */
  schema?: boolean;
  /** Opened where a table is expected. */
  derived?: boolean;
}

export function renameTables(sql: string, dialect: 'sqlite' | 'mysql', renaming: Renaming): string {
  const tokens = sql.match(tokenPattern[dialect]) ?? [];
  const at = tokens.flatMap((token, index) => (blank.test(token) ? [] : [index]));
  const walk = new Walk(
    at.map((index) => tokens[index] ?? ''),
    dialect,
    renaming,
  );
  for (const [place, index] of at.entries()) {
    const renamed = walk.step(place);
    if (renamed !== undefined) tokens[index] = renamed;
  }
  return tokens.join('');
}

class Walk {
  readonly #tokens: readonly string[];
  readonly #isName: RegExp;
  readonly #renaming: Renaming;
  #stack: Frame[] = [{}];

  constructor(tokens: readonly string[], dialect: 'sqlite' | 'mysql', renaming: Renaming) {
    this.#tokens = tokens;
    this.#isName = dialect === 'sqlite' ? /^[A-Za-z_`"]/ : /^[A-Za-z_`]/;
    this.#renaming = renaming;
  }

  get #frame(): Frame {
    return this.#stack.at(-1) ?? {};
  }

  /** What the token becomes; undefined where it stays. */
  step(place: number): string | undefined {
    const token = this.#tokens[place] ?? '';
    if (this.#isName.test(token)) return this.#word(token, place);
    this.#punctuation(token, place);
    return undefined;
  }

  #punctuation(token: string, place: number): void {
    const frame = this.#frame;
    if (token === '(') {
      const derived = frame.next === 'table';
      const before = this.#upper(place - 2);
      const hint = frame.next === 'object' && ['USE', 'FORCE', 'IGNORE'].includes(before);
      const pragma = frame.verb === 'PRAGMA';
      frame.next = undefined;
      this.#stack.push({ derived, hint, ...((derived || pragma) && { next: 'table' as const, list: true }) });
    } else if (token === ')') {
      const { derived = false } = this.#stack.length > 1 ? (this.#stack.pop() ?? {}) : {};
      this.#frame.named = derived;
    } else if (token === ';') {
      this.#stack = [{}];
    } else {
      frame.named = false;
      if (token === ',') frame.next = frame.list ? 'table' : undefined;
      else if (token !== '.') frame.next = undefined;
    }
  }

  #word(token: string, place: number): string | undefined {
    const frame = this.#frame;
    const afterDot = this.#tokens[place - 1] === '.';
    const beforeDot = this.#tokens[place + 1] === '.';
    if (!afterDot && !beforeDot && word.test(token) && this.#keyword(token.toUpperCase(), place)) return undefined;
    const { next, named, hint, schema = false } = frame;
    frame.next = undefined;
    frame.named = afterDot && schema;
    frame.schema = next === 'table' && beforeDot;
    if (afterDot || frame.schema) return undefined;
    if (next === 'object' || hint) return this.#renamed(token, (name) => this.#renaming.object(name));
    frame.named = next === 'table';
    if (next !== 'table' && !named && !beforeDot) return undefined;
    return this.#renamed(token, (name) => this.#renaming.table(name));
  }

  #renamed(token: string, rename: (name: string) => string | undefined): string | undefined {
    if (word.test(token)) return rename(token);
    const quote = token[0] ?? '';
    const name = rename(token.slice(1, -1));
    return name === undefined ? undefined : `${quote}${name}${quote}`;
  }

  #upper(place: number): string {
    return this.#tokens[place]?.toUpperCase() ?? '';
  }

  /** Whether the word is one that says what the next words are. */
  #keyword(keyword: string, place: number): boolean {
    const frame = this.#frame;
    if (keyword === 'AS') return true;
    if (frame.next !== undefined && modifiers.has(keyword)) return true;
    const rule = keywords[keyword];
    if (rule) return rule(frame, this.#upper(place - 1), this.#upper(place + 1), this.#upper(place - 2));
    if (enders.has(keyword)) {
      if (keyword === 'SELECT') {
        frame.verb ??= keyword;
        delete frame.object;
      }
      Object.assign(frame, { next: undefined, list: false, named: false });
      return true;
    }
    if (bodies.has(keyword) && frame.verb === 'CREATE') {
      this.#stack[this.#stack.length - 1] = {};
      return true;
    }
    return false;
  }
}

/** @returns whether the word is a keyword here */
type Rule = (frame: Frame, before: string, after: string, beforeThat: string) => boolean;

function expect(frame: Frame, next: 'table' | 'object', list: boolean | undefined = frame.list): true {
  Object.assign(frame, { next, list, named: false });
  return true;
}

/** A verb begins its statement: that of `ON DUPLICATE KEY UPDATE` or `ON DELETE CASCADE` does not. */
const verb =
  (name: string, expects?: { readonly list: boolean }): Rule =>
  (frame, before) => {
    if (frame.verb !== undefined || before === 'ON') return false;
    frame.verb = name;
    return expects ? expect(frame, 'table', expects.list) : true;
  };

const made =
  (object: string): Rule =>
  (frame, before, after) => {
    const isName = after !== '(' || ['USE', 'FORCE', 'IGNORE'].includes(before);
    if (!isName || ['PRIMARY', 'DUPLICATE'].includes(before)) return false;
    if (frame.verb !== undefined) frame.object ??= object;
    return expect(frame, 'object');
  };

const table: Rule = (frame) => {
  frame.object ??= 'TABLE';
  return expect(frame, 'table', onMany.has(frame.verb ?? ''));
};

/** What each keyword says of the words after it. */
const keywords: Readonly<Record<string, Rule>> = {
  WITH: (frame) => (frame.verb === undefined ? expect(frame, 'table', true) : false),
  INSERT: verb('INSERT', { list: false }),
  REPLACE: (frame, before, after, beforeThat) =>
    after === '(' ? false : verb('REPLACE', { list: false })(frame, before, after, beforeThat),
  UPDATE: verb('UPDATE', { list: true }),
  DELETE: verb('DELETE', { list: true }),
  CREATE: verb('CREATE'),
  ALTER: verb('ALTER'),
  DROP: verb('DROP'),
  LOCK: verb('LOCK'),
  RENAME: verb('RENAME'),
  CHECK: verb('CHECK'),
  OPTIMIZE: verb('OPTIMIZE'),
  ANALYZE: verb('ANALYZE', { list: true }),
  TRUNCATE: verb('TRUNCATE', { list: true }),
  DESCRIBE: verb('DESCRIBE', { list: false }),
  SHOW: verb('SHOW'),
  PRAGMA: verb('PRAGMA'),
  // Not EXTRACT(YEAR FROM x), nor IS DISTINCT FROM x.
  FROM: (frame, before, _after, beforeThat) =>
    frame.verb === undefined || (before === 'DISTINCT' && ['IS', 'NOT'].includes(beforeThat))
      ? false
      : expect(frame, 'table', true),
  JOIN: (frame) => expect(frame, 'table'),
  STRAIGHT_JOIN: (frame) => expect(frame, 'table'),
  INTO: (frame) => expect(frame, 'table', false),
  USING: (frame, _before, after) => (frame.verb === 'DELETE' && after !== '(' ? expect(frame, 'table', true) : false),
  REFERENCES: (frame) => expect(frame, 'table'),
  TABLE: table,
  TABLES: table,
  VIEW: table,
  LIKE: (frame) => (frame.verb === 'CREATE' && frame.object === 'TABLE' ? expect(frame, 'table') : false),
  ON: (frame) => {
    if (frame.object !== 'INDEX' && frame.object !== 'TRIGGER') return false;
    delete frame.object;
    return expect(frame, 'table');
  },
  TO: (frame, before) => (before === 'RENAME' || frame.verb === 'RENAME' ? expect(frame, 'table') : false),
  INDEX: made('INDEX'),
  KEY: made('INDEX'),
  TRIGGER: made('TRIGGER'),
  CONSTRAINT: made('CONSTRAINT'),
  BY: (frame, before) => (before === 'INDEXED' ? expect(frame, 'object') : false),
};
