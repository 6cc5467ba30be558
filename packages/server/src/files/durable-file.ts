/** Files that appear under their name only when they are whole and on disk. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface DurableFile {
  readonly path: string;
  /** Writes the content. */
  write(handle: FileHandle): Promise<void>;
  /** Gives the finished draft its name: `rename` replaces a file, `link` fails where there is one. */
  place(draft: string, path: string): Promise<void>;
}

/** Readable by its owner alone. A crash leaves the file as it was before, and at most a draft, `<path>.….partial`. */
export async function writeDurably({ path, write, place }: DurableFile): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.partial`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await place(draft, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(draft, { force: true });
  }
}

/** A name is on disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
