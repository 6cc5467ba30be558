/** What `serve` leaves behind when it cannot serve, or is closed: nothing. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPalestra, serve } from '@palestra/server';
import { shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';

const log = pino({ level: 'silent' });

describe('serve', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-serve-'));
    await shareSealingKey(dataDir);
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('stops the host that it started if the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const palestra = createPalestra({ plugins: [], dataDir, log });
    const { port } = taken.address() as AddressInfo;
    const error: NodeJS.ErrnoException = await serve(palestra, { port, log }).then(
      () => expect.fail('it serves on a port that is taken'),
      (reason) => reason,
    );
    taken.close();
    expect(error.code).to.equal('EADDRINUSE');
    expect(() => palestra.database()).to.throw('Start the host first.');
    expect((await palestra.health()).ready).to.equal(false);
  });

  it('starts no host whose middleware cannot be made', async () => {
    const palestra = createPalestra({ plugins: [], dataDir, log });
    const broken = Object.assign(Object.create(palestra) as typeof palestra, {
      middleware: () => {
        throw new Error('no middleware');
      },
    });
    const error: Error = await serve(broken, { port: 0, log }).catch((reason) => reason);
    expect(error.message).to.equal('no middleware');
    expect(() => palestra.database()).to.throw('Start the host first.');
  });

  it('keeps nothing of a closed server in memory', async () => {
    const closed = async () => {
      const palestra = createPalestra({ plugins: [], dataDir, log });
      const server = await serve(palestra, { port: 0, log, idleGrace: 0 });
      await fetch(`${server.url}/livez`);
      await server.close();
      return new WeakRef(palestra);
    };
    const host = await closed();
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    for (let turn = 0; turn < 100 && host.deref(); turn += 1) {
      await nextTurn();
      collect();
    }
    expect(host.deref() === undefined, 'the host is still reachable').to.equal(true);
  });

  it('has nothing to stop where an option is wrong, since createPalestra refuses it', () => {
    const create = (options: object) => () => createPalestra({ plugins: [], dataDir, log, ...options });
    expect(create({ cors: { origins: ['*'] } })).to.throw('An origin is like https://app.club.example, not "*".');
    expect(create({ trustProxy: ['loopback'] })).to.throw('trustProxy has "loopback"');
  });
});
