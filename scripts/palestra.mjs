#!/usr/bin/env node
/** The command `palestra` in a clone: installs and builds what is not up to date, then runs the command of the package. */
import cluster from 'node:cluster';
import { setUp } from './set-up.mjs';

if (cluster.isPrimary) await setUp();
await import('../packages/server/bin/palestra.mjs');
