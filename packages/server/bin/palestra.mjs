#!/usr/bin/env node
/** The command `palestra`. In a clone, where the sources are, it installs and builds first what is not up to date. */
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src', import.meta.url))) {
  const { setUp } = await import('../../../scripts/set-up.mjs');
  setUp();
}
await import('../dist/cli/main.js');
