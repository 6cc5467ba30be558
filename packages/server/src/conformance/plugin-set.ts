/** A host's plugins with the one under test among them, as the kit starts them. */
import { type AccountsService, accountsService, need } from '@palestra/core';
import { createPalestra } from '../host/create.js';
import type { Palestra } from '../host/options.js';
import type { AnyPlugin, Plugin } from '../plugin/plugin.js';
import type { Subject } from './types.js';

/** Never started: what composes and orders without a database. */
export function composedHost(subject: Subject, config: unknown = subject.config): Palestra {
  return createPalestra({
    plugins: pluginsOf(subject),
    config: configOf(subject, config),
    dataDir: 'never-opened',
  });
}

export function pluginsOf({ companions = [], plugin }: Subject): AnyPlugin[] {
  return [...companions, plugin];
}

export function configOf({ companionConfig = {}, plugin }: Subject, config: unknown): Record<string, unknown> {
  return { ...companionConfig, ...(config !== undefined && { [plugin.name]: config }) };
}

export interface Insider {
  readonly plugin: AnyPlugin;
  readonly accounts: () => AccountsService;
}

/** Sits beside the plugin to ask the host's services what no request can: a machine's token. */
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
