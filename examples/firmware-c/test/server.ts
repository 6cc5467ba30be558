/**
 * The server that the device talks to, as a process of its own so that it can be killed: `server.ts <port> <folder>`.
 * It prints its URL, and a provisioner's token, when it serves.
 */
import { type AccountsService, accountsService, need } from '@palestra/core';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { createPalestra, type Plugin, serve } from '@palestra/server';
import { pino } from 'pino';
import { dba } from './dba.js';

const [port = '0', dataDir = ''] = process.argv.slice(2);
const log = pino({ level: 'silent' });

let accounts: AccountsService | undefined;
const line: Plugin<{ operations: object; needs: { accounts: AccountsService } }> = {
  name: 'production-line',
  version: '0.1.0',
  host: '^1.0.0',
  contract: { paths: {} },
  requires: { accounts: need(accountsService) },
  setup({ services }) {
    accounts = services.accounts;
    return { handlers: {} };
  },
};

const palestra = createPalestra({ plugins: [team, stams, line], dataDir, dba, log });
const { url } = await serve(palestra, { port: Number(port), log });
const provisioner = await accounts?.machines.issue('secure_provisioner', 'line-1');
console.log(JSON.stringify({ url, provisioner: provisioner?.token }));
