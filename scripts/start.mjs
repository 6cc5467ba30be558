/** `npm start`: from a fresh clone to a running server. The server runs in this process, so signals reach it. */
import cluster from 'node:cluster';

// A worker (`PALESTRA_WORKERS`) is started with the words of this process.
if (cluster.isPrimary) process.argv.splice(2, 0, 'serve');
await import('./palestra.mjs');
