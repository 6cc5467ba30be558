/** Asks one server whether it can be used, on a connection that serves nothing else. */
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import type { ConnectionOptions, Connection as Raw, RowDataPacket } from 'mysql2';
import { TimeoutError, withTimeout } from '../async/with-timeout.js';
import type { HostAddress } from './mysql-url.js';

export interface HostState {
  /** Why it cannot be used now, such as `read-only`; undefined where it can. */
  readonly fault?: string;
  /** It did not answer in time, which a server that is busy may do once. */
  readonly silent?: true;
  /** It has everything that was committed before: of a Galera node, that it is neither joining nor a donor. */
  readonly synced: boolean;
}

export interface HostProbe {
  /** Never rejects. */
  look(): Promise<HostState>;
  close(): void;
}

const question = `SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state_comment')`;
/** A node without its cluster answers this, but no SELECT. */
const readOnly = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'wsrep_on')`;

/** Loaded when it is first used: on SQLite it is a tenth of a start, and of the memory. */
const mysql2 = (): typeof import('mysql2') => createRequire(import.meta.url)('mysql2');

type Facts = Readonly<Record<string, string | undefined>>;

/**
 * @param credentials without a database, which a node without its cluster would refuse to choose
 * @param withinMs milliseconds after which it is silent
 */
export function createHostProbe(address: HostAddress, credentials: ConnectionOptions, withinMs: number): HostProbe {
  let raw: Raw | undefined;

  function forget(): void {
    raw?.destroy();
    raw = undefined;
  }

  function connected(): Raw {
    if (raw) return raw;
    const made = mysql2().createConnection({ ...credentials, ...address, connectTimeout: withinMs });
    // The next query reports it; without a listener it would end the process.
    made.on('error', () => {
      if (raw === made) forget();
    });
    raw = made;
    return made;
  }

  async function ask(): Promise<HostState> {
    const made = connected();
    const [status, variables] = await Promise.all([rowsOf(made, question), rowsOf(made, readOnly)]);
    return stateOf({ ...status, ...variables });
  }

  return {
    async look() {
      const fresh = raw === undefined;
      const state = await answered(ask(), withinMs).catch((error: unknown) => stateAfter(error));
      if (state.fault === undefined || state.fault === notReady) return state;
      forget();
      // A connection that ended says nothing about the server: it may have been restarted since.
      return fresh || state.silent ? state : answered(ask(), withinMs).catch((error: unknown) => stateAfter(error));
    },
    close: forget,
  };
}

const notReady = 'not a ready member of the primary component';

function stateOf(facts: Facts): HostState {
  if (facts.wsrep_on === 'ON' && (facts.wsrep_ready !== 'ON' || facts.wsrep_cluster_status !== 'Primary')) {
    return { fault: notReady, synced: false };
  }
  if (facts.read_only === 'ON' || facts.super_read_only === 'ON') return { fault: 'read-only', synced: false };
  return { synced: facts.wsrep_on !== 'ON' || facts.wsrep_local_state_comment === 'Synced' };
}

function stateAfter(error: unknown): HostState {
  const { code = 'no connection' } = error as { code?: string };
  if (code === 'ETIMEDOUT') return { fault: 'no answer', silent: true, synced: false };
  return { fault: code, synced: false };
}

/** A process that was too busy to read the answer finds it in the next turns of its event loop: that is not silence. */
async function answered(state: Promise<HostState>, ms: number): Promise<HostState> {
  try {
    return await withTimeout(ms, () => state);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    return Promise.race([state, silence()]);
  }
}

async function silence(): Promise<HostState> {
  for (let turn = 0; turn < 3; turn++) await setImmediate();
  return { fault: 'no answer', silent: true, synced: false };
}

function rowsOf(raw: Raw, sql: string): Promise<Facts> {
  return new Promise((resolve, reject) => {
    raw.query<RowDataPacket[]>(sql, (error, rows) => {
      if (error) return reject(error);
      resolve(Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value])));
    });
  });
}
