/** `npm start`: from a fresh clone to a running server. The server runs in this process, so signals reach it. */
process.argv.splice(2, 0, 'serve');
await import('./palestra.mjs');
