/** How often the disk of the databases can be made to write: what every COMMIT of every contender waits for. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const page = Buffer.alloc(4096, 1);
const lasting = 500;

/** Pages appended and synchronised one by one, in a second. */
export function syncsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-bench-disk-'));
  const file = openSync(join(folder, 'pages'), 'w');
  try {
    const begun = performance.now();
    let count = 0;
    for (; performance.now() - begun < lasting; count++) {
      writeSync(file, page);
      fdatasyncSync(file);
    }
    return (count * 1000) / (performance.now() - begun);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
