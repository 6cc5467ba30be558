/** Asks at the terminal before something is lost. */
import { createInterface } from 'node:readline/promises';
import type { Terminal } from './command.js';

/** Only `y` or `yes` is yes. */
export async function confirm(question: string, { stdin, stderr }: Terminal): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
