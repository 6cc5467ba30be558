/** Docker or Podman, whichever is here, by its command line. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

export interface Engine {
  /** `stdout` of a command of the engine. @throws Error with what it wrote to stderr */
  run(...args: string[]): Promise<string>;
  /** The arguments of `build` that only this engine takes. */
  readonly buildOptions: readonly string[];
  hasImage(name: string): boolean;
}

const engines = [
  { program: 'docker', buildOptions: [] },
  // No sandbox around a build step, which needs what only a whole system has, and the network of this machine.
  { program: 'podman', buildOptions: ['--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--layers'] },
];

export function findEngine(): Engine {
  const found = engines.find(({ program }) => spawnSync(program, ['info'], { stdio: 'ignore' }).status === 0);
  if (!found) throw new Error('Neither Docker nor Podman is running here.');
  const { program, buildOptions } = found;
  const execute = promisify(execFile);
  return {
    buildOptions,
    run: async (...args) => (await execute(program, args, { maxBuffer: 64 * 1024 * 1024 })).stdout,
    hasImage: (name) => spawnSync(program, ['image', 'inspect', name], { stdio: 'ignore' }).status === 0,
  };
}

/** Pulls the two images of Node that the Dockerfile begins with; where no registry can be reached, makes stand-ins. */
export async function baseImages(engine: Engine, tag: string): Promise<string> {
  const names = [`docker.io/library/node:${tag}`, `docker.io/library/node:${tag}-slim`];
  if (names.every((name) => engine.hasImage(name))) return tag;
  try {
    for (const name of names) await engine.run('pull', '--quiet', name);
    return tag;
  } catch {
    return makeStandIns(engine);
  }
}

/**
 * Debian by `mmdebstrap` with the Node and the npm of this machine where the official images have theirs, with their
 * user `node`; with a compiler for the stage that may need it.
 */
async function makeStandIns(engine: Engine): Promise<string> {
  const tag = 'stand-in';
  for (const [name, packages] of [
    [`node:${tag}-slim`, 'ca-certificates'],
    [`node:${tag}`, 'ca-certificates,python3,make,g++'],
  ] as const) {
    if (engine.hasImage(`docker.io/library/${name}`)) continue;
    console.log(`      ${name} cannot be pulled: making a stand-in of Debian and Node ${process.version}`);
    const tar = execFileSync(
      'mmdebstrap',
      ['--variant=minbase', `--include=${packages}`, ...hooks(), 'bookworm', '-'],
      {
        maxBuffer: 2 ** 31 - 1,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    execFileSync(
      'podman',
      ['import', '--change', `ENV NODE_EXTRA_CA_CERTS=${certificates}`, '-', `docker.io/library/${name}`],
      {
        input: tar,
        stdio: ['pipe', 'ignore', 'inherit'],
      },
    );
  }
  return tag;
}

const certificates = '/etc/ssl/certs/ca-certificates.crt';

function hooks(): string[] {
  const npm = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  const headers = process.execPath.replace(/\/bin\/node$/, '/include/node');
  return [
    'mkdir -p "$1/usr/local/bin" "$1/usr/local/include" "$1/usr/local/lib/node_modules"',
    `cp ${process.execPath} "$1/usr/local/bin/node"`,
    `cp -r ${headers} "$1/usr/local/include/"`,
    `cp -r ${npm}/npm "$1/usr/local/lib/node_modules/"`,
    'ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"',
    'ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"',
    // A proxy between here and the registry may have an authority of its own.
    `cp ${certificates} "$1${certificates}"`,
    'chroot "$1" useradd --create-home --uid 1000 --user-group --shell /bin/bash node',
  ].map((command) => `--customize-hook=${command}`);
}
