#!/usr/bin/env node
/** The command `palestra`. */
await import('../dist/cli/main.js');
