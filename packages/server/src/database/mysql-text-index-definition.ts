/**
 * The definition of an index of trigrams on MySQL: posting lists of pieces by blocks of ids, and the ids of rows that are not
 * in them yet, which triggers append in the transaction of every write. An appended row is no other writer's: nobody waits for
 * another, and what takes it in deletes exactly what it has read.
 */
import { quoted } from './dialect.js';
import { textIndexName } from './text-index.js';

/** The columns of an index, and what tells them from those of another version. */
export interface IndexedTexts {
  /** By the database's own name: no statement of the index names another table. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly definition: string;
}

/** Not a piece: of the row that has the state. */
export const stateKey = -1;

export interface TextIndexState {
  readonly definition: string;
  /** Rows up to this id were taken in when it was filled; null once all were. */
  readonly after: number | null;
  /** The highest id that was taken in. */
  readonly highest: number;
  /** So often something was taken in: each step writes another state, so that a cluster refuses one of two at once. */
  readonly steps: number;
}

export function writtenState(state: TextIndexState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** Undefined where it is of another version. */
export function readState(bytes: unknown, { definition }: IndexedTexts): TextIndexState | undefined {
  const state = JSON.parse(String(bytes)) as TextIndexState;
  return state.definition === definition ? state : undefined;
}

const events = ['insert', 'update'] as const;

/** What has the ids that are not taken in. */
export function pendingName(table: string): string {
  return `${textIndexName(table)}_pending`;
}

export function triggerNames(table: string): string[] {
  return events.map((event) => `${textIndexName(table)}_${event}`);
}

/** Statements that take the index of a table away but for its triggers, which write to it. */
export function tableRemovals(table: string): string[] {
  return [textIndexName(table), pendingName(table)].map((name) => `DROP TABLE IF EXISTS ${quoted(name)}`);
}

export interface TriggerDefinition {
  readonly name: string;
  /** As the database's catalogue shows it. */
  readonly action: string;
  readonly sql: string;
}

/** A row is written once more only where its texts change. */
export function triggerDefinitions(table: string, columns: readonly string[]): TriggerDefinition[] {
  const add = `INSERT INTO ${quoted(pendingName(table))} (id) VALUES (NEW.id)`;
  const same = ['id', ...columns].map((column) => `NEW.${quoted(column)} <=> OLD.${quoted(column)}`).join(' AND ');
  const actions = { insert: add, update: `IF NOT (${same}) THEN ${add}; END IF` };
  return events.map((event) => {
    const name = `${textIndexName(table)}_${event}`;
    const action = actions[event];
    const head = `CREATE TRIGGER IF NOT EXISTS ${quoted(name)} AFTER ${event.toUpperCase()} ON ${quoted(table)}`;
    return { name, action, sql: `${head} FOR EACH ROW ${action}` };
  });
}

export function tableDefinitions(table: string): string[] {
  const options = 'ENGINE=InnoDB ROW_FORMAT=DYNAMIC';
  return [
    `CREATE TABLE IF NOT EXISTS ${quoted(textIndexName(table))}
      (piece BIGINT NOT NULL, block INT NOT NULL, ids VARBINARY(1024) NOT NULL, PRIMARY KEY (piece, block)) ${options}`,
    `CREATE TABLE IF NOT EXISTS ${quoted(pendingName(table))}
      (written BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, id BIGINT NOT NULL) ${options}`,
  ];
}
