/**
 * Verifies that the audit is what was written: every entry unchanged and in its place, every chain complete to its end,
 * every anchor true. It cannot detect that entries, heads and anchors were all put back to an earlier state; for that,
 * pass the heads that the log shows (`auditHeads`).
 */
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { type AuditRow, type ChainHead, hashOf, isSealed, noHash } from './chain.js';
import { personsIn } from './opened.js';
import { type AuditPersons, erasedObject, erasure } from './persons.js';
import type { AuditStore } from './store.js';
import type { Heads, Verification } from './types.js';

const page = 1000;
/** More would say nothing new. */
const mostFaults = 100;

export interface VerifyOptions {
  readonly store: AuditStore;
  readonly persons: Pick<AuditPersons, 'known'>;
  readonly keys: KeyRing<SecretKey>;
}

export async function verifyAudit(
  { store, persons, keys }: VerifyOptions,
  logged: readonly Heads[] = [],
): Promise<Verification> {
  const faults: string[] = [];
  const say = (fault: string) => faults.length < mostFaults && faults.push(fault);
  const anchored = collect([...(await readAnchors(store, keys, say)), ...logged]);
  const heads = new Map((await store.heads(0)).map((head) => [head.chain, head]));
  const chains = [...new Set([...heads.keys(), ...(await store.chains()), ...anchored.keys()])].sort();
  const firsts = (await store.firsts()).filter(({ prev }) => prev !== noHash);
  const origins = new Map(firsts.map(({ chain, prev }) => [prev, chain]));
  const named = new Set<string>();
  const erased = new Set<string>();
  let entries = 0;
  for (const chain of chains) {
    const end = await walk(chain);
    entries += end?.seq ?? 0;
    const head = heads.get(chain);
    if (!head) say(`Chain ${chain} has no head.`);
    else if (head.seq !== (end?.seq ?? 0) || head.hash !== end?.hash) {
      say(`Chain ${chain} ends with entry ${end?.seq ?? 0}; its head says entry ${head.seq}.`);
    } else if (!isSealed(head, head.seal, keys)) say(`The head of chain ${chain} is not sealed by a key of this host.`);
  }
  for (const [chain, points] of anchored) for (const seq of points.keys()) say(lost(chain, seq));
  for (const [origin, chain] of origins) say(`The entry that chain ${chain} goes on from (${origin}) is gone.`);
  const known = await persons.known();
  for (const pid of named) if (!known.has(pid) && !erased.has(erasedObject(pid))) say(nameless(pid));
  return { chains: chains.length, entries, faults };

  /** Follows one chain; the last entry there is. */
  async function walk(chain: string): Promise<ChainHead | undefined> {
    let last: AuditRow | undefined;
    for (;;) {
      const rows = await store.entries(chain, last?.seq ?? 0, page);
      for (const row of rows) {
        check(row, last);
        last = row;
      }
      if (rows.length < page) return last;
    }
  }

  function check(row: AuditRow, last: AuditRow | undefined): void {
    const { chain, seq, prev, hash, ...rest } = row;
    const name = `Entry ${seq} of chain ${chain}`;
    if (seq !== (last?.seq ?? 0) + 1) say(`${name} follows entry ${last?.seq ?? 0}.`);
    if (hashOf({ chain, seq, prev, ...rest }) !== hash) say(`${name} was changed.`);
    if (last && prev !== last.hash) say(`${name} does not go on from the one before it.`);
    origins.delete(hash);
    for (const pid of personsIn(row)) named.add(pid);
    if (row.action === erasure) erased.add(row.object);
    const expected = anchored.get(chain)?.get(seq);
    if (expected !== undefined && expected !== hash) say(`${name} is not the one that was anchored.`);
    anchored.get(chain)?.delete(seq);
  }
}

function nameless(pid: string): string {
  return `The names of person ${pid} are gone, and no entry says that the account was deleted.`;
}

function lost(chain: string, seq: number): string {
  return `Entry ${seq} of chain ${chain} was anchored and is gone.`;
}

async function readAnchors(
  store: AuditStore,
  keys: KeyRing<SecretKey>,
  say: (fault: string) => void,
): Promise<Heads[]> {
  const found: Heads[] = [];
  for (let last = 0; ; ) {
    const anchors = await store.anchors(last, page);
    for (const { seal, ...anchor } of anchors) {
      if (anchor.seq !== last + 1) say(`Anchor ${anchor.seq} follows anchor ${last}.`);
      if (isSealed(anchor, seal, keys)) found.push(JSON.parse(anchor.heads));
      else say(`Anchor ${anchor.seq} is not sealed by a key of this host.`);
      last = anchor.seq;
    }
    if (anchors.length < page) return found;
  }
}

/** Hash by entry number, by chain. */
function collect(all: readonly Heads[]): Map<string, Map<number, string>> {
  const points = new Map<string, Map<number, string>>();
  for (const heads of all) {
    for (const [chain, [seq, hash]] of Object.entries(heads)) {
      const known = points.get(chain) ?? new Map<number, string>();
      known.set(seq, hash);
      points.set(chain, known);
    }
  }
  return points;
}
