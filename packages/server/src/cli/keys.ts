/** `palestra keys rotate`: new keys with overlap, on a server that goes on running. */
import { type KeyPurpose, purposesIn, type Rotation, rotate } from '../keys/index.js';
import { isKeyPurpose, purposes } from '../keys/purposes.js';
import { accountAdministration } from '../management/index.js';
import { type Command, type CommandContext, UsageError } from './command.js';
import { actorOf, withHost } from './with-host.js';

const usage = 'keys rotate [--now] [PURPOSE…]';

export const keysCommand: Command = {
  usage,
  summary: 'Make new keys, the old ones staying as long as what they made; --now while no server runs',
  async run(context) {
    const [verb, ...words] = context.args;
    const named = words.filter((word) => word !== '--now');
    // Every instance is to know the key before the first one uses it: 10 s, unless there is none.
    const settleMs = words.includes('--now') ? 0 : undefined;
    if (verb !== 'rotate') throw new UsageError(`Usage: palestra ${usage}`);
    const known = await purposesIn(context.environment.keysDir);
    const chosen = named.length > 0 ? named.map((name) => toPurpose(name, known)) : known.filter(endsSomeDay);
    await withHost(context, async (palestra) => {
      const people = palestra.service(accountAdministration);
      // Together, since each waits for every instance to have seen its new key.
      const rotations = await Promise.all(chosen.map((purpose) => rotateOne(context, purpose, settleMs)));
      for (const { purpose, from, to } of rotations) {
        await people.record(actorOf('keys rotate'), {
          action: 'key.rotate',
          object: `key/${purpose}`,
          detail: { from, to },
        });
      }
      for (const rotation of rotations) context.print(describe(rotation));
    });
    return 0;
  },
};

function rotateOne({ environment }: CommandContext, purpose: KeyPurpose, settleMs?: number): Promise<Rotation> {
  const options = { directory: environment.keysDir, purpose, clock: { now: Date.now } };
  return rotate(settleMs === undefined ? options : { ...options, settleMs });
}

/** Those whose old keys can go one day; the others only multiply, and are rotated by name. */
function endsSomeDay(purpose: KeyPurpose): boolean {
  const { retiredForMs } = purposes[purpose];
  return retiredForMs > 0 && Number.isFinite(retiredForMs);
}

function toPurpose(name: string, known: readonly KeyPurpose[]): KeyPurpose {
  if (isKeyPurpose(name) && known.includes(name)) return name;
  throw new UsageError(`There is no key for ${name} here, only for ${known.join(', ')}.`);
}

function describe({ purpose, from, to, retiredUntil }: Rotation): string {
  const until = retiredUntil ? `until ${retiredUntil.toISOString()}` : 'for good';
  return `${purpose}: ${to} is active; ${from} stays ${until}.`;
}
