/** One origin for the app and its backend: Palestra answers what it describes, the rest are files of the app. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { createPalestra, type PalestraOptions } from '@palestra/server';
import Koa from 'koa';
import { serveFiles } from './files.js';

export interface AppServerOptions extends Omit<PalestraOptions, 'plugins'> {
  /** The built app. */
  readonly files: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface AppServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function startAppServer({ files, port, ...options }: AppServerOptions): Promise<AppServer> {
  const app = new Koa();
  const palestra = createPalestra({ ...options, plugins: [gym, merchandise, transaction] });
  app.use(palestra.middleware());
  app.use(await serveFiles(files));
  await palestra.start();
  const server = createServer(app.callback()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await palestra.stop();
    },
  };
}
