/** The Dockerfile without an engine: its syntax, who runs it, and what gets in. `npm run test:image` builds and runs it. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { validate } from 'dockerfile-utils';
import { repository } from '../scripts/workspace.js';
import { textOf } from './deploy/files.js';

const dockerfile = textOf('Dockerfile');
/** Of the stage that is run. */
const final = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

describe('the Dockerfile', () => {
  it('has no fault that the linter knows', () => {
    expect(validate(dockerfile).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).to.deep.equal([]);
  });

  it('runs Node itself, which then gets the signals, as a user that is not root', () => {
    expect(final).to.match(/^ENTRYPOINT \["node", "packages\/server\/bin\/palestra\.mjs"\]$/m);
    expect(final).to.match(/^CMD \["serve"\]$/m);
    expect(final).to.match(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('takes nothing from the clone but what stages before it made, and two scripts', () => {
    const copies = [...final.matchAll(/^COPY (.*)$/gm)].map(([, arguments_]) => arguments_);
    expect(copies).to.deep.equal([
      '--from=packages /app ./',
      '--from=code /app ./',
      'deploy/make-secrets.mjs deploy/ready.mjs ./deploy/',
    ]);
  });

  it('is given only what it names', () => {
    const patterns = textOf('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(patterns[0]).to.equal('*');
    const secrets = ['**/.env*', '**/*.key', '**/*.pem'];
    const lastException = patterns.findLastIndex((pattern) => pattern.startsWith('!'));
    for (const secret of secrets) expect(patterns.indexOf(secret), secret).to.be.above(lastException);
  });
});

describe('the health check of the image', () => {
  const check = promisify(execFile);
  const codeOf = (port: number) =>
    check(process.execPath, [join(repository, 'deploy/ready.mjs')], { env: { PORT: String(port) } }).then(
      () => 0,
      ({ code }: { code: number }) => code,
    );

  it('holds while /readyz says so, and fails with it or without a server', async () => {
    let status = 200;
    const server = createServer(({ url }, response) => response.writeHead(url === '/readyz' ? status : 404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await codeOf(port)).to.equal(0);
    status = 503;
    expect(await codeOf(port)).to.equal(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await codeOf(port)).to.equal(1);
  });
});
