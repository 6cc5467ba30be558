/** `palestra keys rotate`: new keys with overlap, on a server that goes on running. */
import { type KeyPurpose, purposesIn, type Rotation, rotate } from '../../keys/index.js';
import { isKeyPurpose, purposes } from '../../keys/purposes.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { UsageError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

export const keysRotate: Command = command({
  name: 'keys rotate',
  summary: 'Make new keys; the old ones stay as long as they are needed',
  details:
    'Waits 10 s, until every instance has read the new keys, before they are used. Without a purpose it rotates those whose old keys can be deleted one day.',
  arguments: { purposes: { description: 'What the keys are for, such as seal or token', many: true } },
  options: { now: { description: 'Do not wait: no server is running' } },
  json: true,
  async run(context, { purposes: named, now }) {
    const known = await purposesIn(context.environment.keysDir);
    const chosen = named.length > 0 ? named.map((name) => toPurpose(name, known)) : known.filter(endsSomeDay);
    await withHost(context, async (palestra) => {
      const accounts = palestra.service(accountAdministration);
      // Together, since each waits for every instance to have seen its new key.
      const rotations = await Promise.all(chosen.map((purpose) => rotateOne(context, purpose, now ? 0 : undefined)));
      for (const { purpose, from, to } of rotations) {
        const event = { action: 'key.rotate', object: `key/${purpose}`, detail: { from, to } };
        await accounts.record(actorOf('keys rotate'), event);
      }
      context.report({ rotations }, rotations.map(describe));
    });
    return 0;
  },
});

function rotateOne({ environment }: CommandContext, purpose: KeyPurpose, settleMs?: number): Promise<Rotation> {
  const options = { directory: environment.keysDir, purpose, clock: { now: Date.now } };
  return rotate(settleMs === undefined ? options : { ...options, settleMs });
}

/** The others would only multiply, and are rotated by name. */
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
