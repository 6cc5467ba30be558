/**
 * The chains that one instance appends to. Transactions that run at the same time take different ones, since a transaction
 * holds the head of its chain until it has committed; on SQLite, which has one writer, all take the first.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Unit } from '../database/types.js';
import type { ChainHead } from './chain.js';

/** As many as the pool of connections has by default. */
export const mostLanes = 10;

/** A chain, and what this instance knows of its head. */
export interface Lane {
  readonly chain: string;
  /**
   * What was last read or written here; undefined before the first entry. It may have been rolled back, or another instance
   * may have moved the head since, so a write names the head that it replaces.
   */
  head: Pick<ChainHead, 'seq' | 'hash'> | undefined;
  /** Whether the head is sure to be there: no other process appends to this chain, and what was written last is committed. */
  sure: boolean;
  /** Whether the row of the head is committed. */
  opened: boolean;
  /** The transaction that appends now; that of a rollback stays until another takes the lane. */
  holder: object | undefined;
}

/** The lane of a transaction: the same for each of its entries. */
export type TakeLane = (unit: Unit) => Lane;

/**
 * @param most 1 for a chain that other instances may append to
 * @param transactionOf the same object for units of one transaction
 */
export function createLanes(chain: string, most: number, transactionOf: (unit: Unit) => object): TakeLane {
  const lanes: Lane[] = [];
  const taken = new WeakMap<object, Lane>();

  function open(): Lane {
    const name = lanes.length === 0 ? chain : `${chain}.${lanes.length + 1}`;
    const lane = { chain: name, head: undefined, sure: false, opened: false, holder: undefined };
    lanes.push(lane);
    return lane;
  }

  /** All are taken, if only by transactions that have rolled back: one after the other has another holder, which may wait. */
  function nextInTurn(): Lane {
    const [first = open(), ...rest] = lanes.splice(0);
    lanes.push(...rest, first);
    return first;
  }

  return (unit) => {
    const transaction = transactionOf(unit);
    const mine = taken.get(transaction);
    if (mine) return mine;
    const free = lanes.find(({ holder }) => holder === undefined);
    const lane = free ?? (lanes.length < most ? open() : nextInTurn());
    lane.holder = transaction;
    lane.sure = free !== undefined && most > 1;
    taken.set(transaction, lane);
    unit.afterCommit(() => {
      lane.opened = true;
      if (lane.holder === transaction) lane.holder = undefined;
    });
    return lane;
  };
}

/** A name for the chains of this process: the host name, for readers, and random characters. */
export function newChainName(): string {
  const host =
    hostname()
      .replaceAll(/[^\w.-]/g, '')
      .slice(0, 40) || 'host';
  return `${host}-${randomBytes(6).toString('hex')}`;
}
