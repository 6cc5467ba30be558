/**
 * `npm run bench:stams [-- devices seconds]`: so many STAMS, each with a token of its own, poll every 30 seconds: the
 * design point is 10,000. Requests begin when they are due, whether or not those before have ended, so a server that
 * falls behind shows it. Figures: latency as the device sees it, CPU of the server's process a request. Needs `wrk`.
 */
import { execFileSync } from 'node:child_process';
import { Agent } from 'node:http';
import { type Answer, send } from './harness/http.js';
import { type ServerProcess, serverCommand, startServerProcess } from './harness/processes.js';
import { percentile } from './harness/statistics.js';

const devices = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 30);
const pollSeconds = 30;
const registrationsAtOnce = 16;
/** Below the server's own 5 s, so that a connection is not used just when the server ends it. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: 4_000 });

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body?: object;
  readonly etag?: string;
}

function ask(url: string, { method, path, token, body, etag }: Asked): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(body && { 'content-type': 'application/json' }),
  };
  return send(`${url}/api/v1/${path}`, { method, agent, headers, body: body && JSON.stringify(body) });
}

async function register(server: ServerProcess): Promise<string[]> {
  const env = { ...process.env, PALESTRA_DATA_DIR: server.dataDir };
  const provisioner = execFileSync(process.execPath, [serverCommand, 'token', 'provisioner'], {
    env,
    encoding: 'utf8',
  }).trim();
  const tokens: string[] = [];
  let next = 0;
  const line = async () => {
    while (next < devices) {
      next += 1;
      const body = { provisioning_uid: `bench-${next}` };
      const answer = await ask(server.url, { method: 'POST', path: 'register_stams', token: provisioner, body });
      if (answer.status !== 200) throw new Error(`register_stams answered ${answer.status} ${answer.text}`);
      tokens.push(JSON.parse(answer.text).stams_token);
    }
  };
  await Promise.all(Array.from({ length: registrationsAtOnce }, line));
  return tokens;
}

/** Every device in turn, evenly over the poll interval. */
async function poll(server: ServerProcess, tokens: readonly string[], make: (token: string) => Asked, wanted: number) {
  const everyMs = (pollSeconds * 1000) / tokens.length;
  const count = Math.floor((seconds * 1000) / everyMs);
  const latencies: number[] = [];
  const pending: Promise<void>[] = [];
  const cpuBefore = server.cpu();
  const begin = performance.now();
  for (let index = 0; index < count; index++) {
    const due = begin + index * everyMs;
    const early = due - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    const token = tokens[index % tokens.length] ?? '';
    pending.push(
      ask(server.url, make(token)).then(({ status, text }) => {
        if (status !== wanted) throw new Error(`A poll answered ${status} ${text}`);
        latencies.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(pending);
  const cpu = (server.cpu() - cpuBefore) / count;
  return {
    'requests/s': (count / ((performance.now() - begin) / 1000)).toFixed(0),
    'p50 ms': percentile(latencies, 0.5).toFixed(2),
    'p99 ms': percentile(latencies, 0.99).toFixed(2),
    'most ms': Math.max(...latencies).toFixed(2),
    'CPU µs': cpu.toFixed(1),
  };
}

/** As fast as it goes, on connections that stay, by `wrk`. */
function flatOut(server: ServerProcess, token: string, etag: string) {
  const headers = ['-H', `Authorization: Bearer ${token}`, '-H', `If-None-Match: ${etag}`];
  const cpuBefore = server.cpu();
  const args = ['-t1', '-c32', '-d5s', '--latency', ...headers, `${server.url}/api/v1/stams/self/games`];
  const output = execFileSync('wrk', args, { encoding: 'utf8' });
  const count = Number(/(\d+) requests in/.exec(output)?.[1]);
  const refused = /Non-2xx.*/.exec(output)?.[0];
  if (refused) throw new Error(refused);
  return {
    'requests/s': (count / 5).toFixed(0),
    'p50 ms': /50%\s+(\S+)/.exec(output)?.[1],
    'p99 ms': /99%\s+(\S+)/.exec(output)?.[1],
    'CPU µs': ((server.cpu() - cpuBefore) / count).toFixed(1),
  };
}

const server = await startServerProcess({ NODE_ENV: 'production' });
try {
  const admin = await server.signIn();
  for (const name of ['Star Sprint', 'Moon Walk', 'Comet']) {
    await ask(server.url, { method: 'POST', path: 'add_game', token: admin, body: { gameConfigDTO: { name } } });
  }
  const tokens = await register(server);
  const games = { method: 'GET', path: 'stams/self/games' };
  const { headers } = await ask(server.url, { ...games, token: tokens[0] ?? '' });
  const { etag = '' } = headers;
  const body = { firmware_version: '1.0.0', uptime: 1, boot_id: 'benchmark-boot' };
  console.log(`${devices} STAMS, each polling every ${pollSeconds} s, for ${seconds} s a row`);
  console.table({
    'GET /stams/self/games, 304': await poll(server, tokens, (token) => ({ ...games, token, etag }), 304),
    'PUT /stams/self/status': await poll(
      server,
      tokens,
      (token) => ({ method: 'PUT', path: 'stams/self/status', token, body }),
      200,
    ),
    'GET /stams/self/games, 304, flat out': flatOut(server, tokens[0] ?? '', etag),
  });
} finally {
  agent.destroy();
  await server.stop();
}
