/** A host with clubs and STAMS, its provisioner, and devices that speak for themselves. */
import { type AccountsService, accountsService, need } from '@palestra/core';
import { stams } from '@palestra/plugin-stams';
import type { Plugin } from '@palestra/server';
import type { Answer, RequestOptions, TestHostOptions } from '@palestra/server/testing';
import { type Club, type ClubHost, startClubHost } from '../../team/test/club-host.js';

export interface Device {
  readonly uid: number;
  readonly provisioningUid: string;
  readonly token: string;
  /** A request to `/api/v1/stams/self…` by its own token. */
  self(method: string, path?: string, options?: RequestOptions): Promise<Answer>;
}

export interface StamsHost extends ClubHost {
  /** A `secure_provisioner` token. */
  readonly provisioner: string;
  /** A device by `register_stams`, connected to the club if there is one. */
  device(club?: Club): Promise<Device>;
}

export async function startStamsHost(database?: string, options: Partial<TestHostOptions> = {}): Promise<StamsHost> {
  let accounts: AccountsService | undefined;
  // Machines' tokens are issued by a service: who asks for one is a plugin.
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
  const host = await startClubHost(database, { ...options, plugins: [stams, line] });
  const provisioner = (await accounts?.machines.issue('secure_provisioner', 'line-1'))?.token ?? '';
  let made = 0;
  return {
    ...host,
    provisioner,
    async device(club) {
      made += 1;
      const provisioningUid = `device-${made}`;
      const json = { provisioning_uid: provisioningUid, ...(club && { operator: String(club.id) }) };
      const answer = await host.request('POST', '/api/v1/register_stams', { token: provisioner, json });
      if (answer.status !== 200) throw new Error(`register_stams answered ${answer.status} ${answer.text}`);
      const token: string = answer.body.stams_token;
      const self: Device['self'] = (method, path = '', request = {}) =>
        host.request(method, `/api/v1/stams/self${path}`, { token, ...request });
      return { uid: (await self('GET')).body.uid, provisioningUid, token, self };
    },
  };
}
