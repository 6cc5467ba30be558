/** The filters of the command line, the same for all that measures. */

import { parseArgs } from 'node:util';
import { type PeerName, peerNames } from './contender.js';
import { type DatabaseKind, databaseKinds } from './databases.js';

export interface Options {
  readonly peers: readonly PeerName[];
  readonly workloads: readonly string[];
  readonly databases: readonly DatabaseKind[];
  readonly rounds: number;
  readonly seconds: number;
  /** Of growth: numbers of rows. */
  readonly rows: readonly number[];
  readonly save: boolean;
  readonly positionals: readonly string[];
}

/** @throws Error naming what is not one of the names */
export function readOptions(names: readonly string[], defaults: { rounds: number; seconds: number }): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peer: { type: 'string', multiple: true },
      workload: { type: 'string', multiple: true },
      database: { type: 'string', multiple: true },
      rounds: { type: 'string', default: String(defaults.rounds) },
      seconds: { type: 'string', default: String(defaults.seconds) },
      rows: { type: 'string', default: '1000,1000000' },
      save: { type: 'boolean', default: false },
    },
  });
  return {
    peers: chosen('peer', values.peer, peerNames),
    workloads: chosen('workload', values.workload, names),
    databases: chosen('database', values.database, databaseKinds),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    rows: values.rows.split(',').map((count) => positive('rows', count)),
    save: values.save,
    positionals,
  };
}

/** Several, with commas or by repeating the option; all where there is none. In the order of `all`. */
function chosen<Name extends string>(option: string, given: string[] | undefined, all: readonly Name[]): Name[] {
  if (!given) return [...all];
  const names = given.flatMap((value) => value.split(','));
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: it is one of ${all.join(', ')}.`);
  return all.filter((name) => names.includes(name));
}

function positive(option: string, value: string): number {
  if (!/^[1-9]\d{0,7}$/.test(value)) throw new Error(`--${option} is a whole number above 0, not ${value}.`);
  return Number(value);
}
