/** A plugin beside the one under test, which asks the host's services for what no request can: a machine's token. */
import { type AccountsService, accountsService, need } from '@palestra/core';
import type { AnyPlugin, Plugin } from '../plugin/plugin.js';

export interface Insider {
  readonly plugin: AnyPlugin;
  readonly accounts: () => AccountsService;
}

export function createInsider(): Insider {
  let accounts: AccountsService | undefined;
  const plugin: Plugin<{ operations: object; needs: { accounts: AccountsService } }> = {
    name: 'conformance-kit',
    version: '1.0.0',
    host: '*',
    contract: { paths: {} },
    requires: { accounts: need(accountsService) },
    setup({ services }) {
      accounts = services.accounts;
      return { handlers: {} };
    },
  };
  return {
    plugin,
    accounts: () => {
      if (!accounts) throw new Error('The host has not been started.');
      return accounts;
    },
  };
}
