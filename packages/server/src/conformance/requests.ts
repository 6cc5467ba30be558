/** Requests to every operation of the plugin, and what the document says of the answers. */
import {
  catalogue,
  type ErrorFact,
  formatAuthorization,
  isMachineScope,
  ladder,
  type MachineScope,
  type Privilege,
  type Role,
  type Schema,
  schemes,
} from '@palestra/core';
import { type DescribedOperation, operationsOf, resolve } from '../contract/operations.js';
import { validatorsOf } from '../contract/validate.js';
import type { Account, Answer, TestHost } from '../testing/types.js';
import type { Insider } from './insider.js';
import { reasonIn } from './reasons.js';
import type { Sampler } from './strings.js';
import type { AccountIds, RawRequest, Subject } from './types.js';

/** Accounts of every role and machines of every scope, each made when it is first needed. */
interface CallerAccounts {
  /** The `Authorization` of an account with exactly this privilege; none for a guest. `again` signs in once more. */
  authorization(privilege: Privilege, again?: boolean): Promise<string | undefined>;
  /** A machine that the plugin itself knows speaks better than one the kit made up. */
  adopt(scope: MachineScope, token: string): void;
  people(): Promise<AccountIds>;
  /** Passwords and tokens given out so far. */
  secrets(): readonly string[];
}

export interface Caller extends Sampler {
  readonly accounts: CallerAccounts;
  /** Of the plugin. */
  readonly operations: readonly DescribedOperation[];
  /** Of the whole document. */
  find(operationId: string): DescribedOperation | undefined;
  send(operation: DescribedOperation, request: RawRequest): Promise<Answer>;
  /** What the document does not say of this answer. */
  faultsOf(operation: DescribedOperation, answer: Answer): string[];
  /** ` (…)` with what the host's log says of a failure; empty for an answer that is none. */
  reasonOf(answer: Answer): string;
}

interface ResponseDescription {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface CallerOptions {
  readonly host: TestHost;
  readonly insider: Insider;
  readonly subject: Subject;
  /** Lines of JSON that the host has logged. */
  readonly log: readonly string[];
}

export function createCaller({ host, insider, subject, log }: CallerOptions): Caller {
  const { plugin } = subject;
  const document = host.palestra.openapi();
  const validators = validatorsOf(document);
  const own = new Set(
    Object.values(plugin.contract.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId)),
  );
  const known = exceptionTypes(plugin.errors ?? {});
  const described = operationsOf(document);

  return {
    document,
    takes: (schema, value) => validators.schema(schema)(value) === true,
    reasonOf: (answer) => reasonIn(log, answer),
    operations: described.filter(({ id }) => own.has(id)),
    find: (operationId) => described.find(({ id }) => id === operationId),
    accounts: createAccounts(host, insider),

    async send(operation, { authorization, text, body, params = {}, query = {}, headers = {} }) {
      const path = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
        encodeURIComponent(params[name] ?? '999999999'),
      );
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
      const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
      return host.request(operation.method.toUpperCase(), search === '' ? path : `${path}?${search}`, {
        ...(sent !== undefined && { body: sent }),
        headers: {
          ...(sent !== undefined && { 'content-type': 'application/json' }),
          ...(authorization !== undefined && { authorization }),
          ...headers,
        },
      });
    },

    faultsOf({ object, family }, { status, body, text, headers }) {
      const described = object.responses[String(status)] ?? object.responses.default;
      if (!described) return [`answers ${status}, which is not described`];
      const { content } = resolve<ResponseDescription>(document, described);
      const type = (headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
      if (!content || text === '') return [];
      if (!(type in content)) return [`answers ${status} as ${type || 'nothing'}, which is not described`];
      const schema = content[type]?.schema;
      const validate = schema && /json/.test(type) ? validators.schema(schema) : undefined;
      const wrong =
        validate && !validate(body) ? [`answers ${status} against its schema: ${reason(validate.errors)}`] : [];
      const strange = status >= 400 && family === 'resource' && !known.has(body?.exceptionType);
      return strange ? [...wrong, `fails with ${body?.exceptionType}, which is in no catalogue`] : wrong;
    },
  };
}

function createAccounts(host: TestHost, insider: Insider): CallerAccounts {
  const accounts = new Map<Role, Promise<Account>>();
  const tokens = new Map<Privilege, Promise<string>>();
  const secrets: string[] = [];

  function accountOf(role: Role): Promise<Account> {
    const account = accounts.get(role) ?? host.account(role);
    accounts.set(role, account);
    return account;
  }

  async function tokenFor(privilege: Privilege, again: boolean): Promise<string> {
    const token = isMachineScope(privilege)
      ? (await insider.accounts().machines.issue(privilege, 'conformance-kit')).token
      : await accountOf(privilege).then((account) => (again ? signIn(host, account) : account.token));
    secrets.push(token);
    return token;
  }

  return {
    secrets: () => secrets,
    adopt: (scope, token) => void tokens.set(scope, Promise.resolve(token)),
    async people() {
      const roles = ladder.filter((role) => role !== 'guest');
      const ids = await Promise.all(roles.map(async (role) => [role, (await accountOf(role)).id] as const));
      return Object.fromEntries(ids) as AccountIds;
    },
    async authorization(privilege, again = false) {
      if (privilege === 'guest') return undefined;
      const token = (again ? undefined : tokens.get(privilege)) ?? tokenFor(privilege, again);
      tokens.set(privilege, token);
      return formatAuthorization(schemes.bearer, await token);
    },
  };
}

async function signIn(host: TestHost, { username, password }: Account): Promise<string> {
  const authorization = formatAuthorization(schemes.user, await host.seal({ username, password }));
  const { body } = await host.request('GET', '/api/auth', { headers: { authorization } });
  return body.data.access_token;
}

function reason(errors: readonly { instancePath: string; message?: string }[] | null | undefined): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ');
}

function exceptionTypes(own: Readonly<Record<string, ErrorFact>>): Set<string> {
  return new Set([...Object.values(catalogue), ...Object.values(own)].map(({ exceptionType }) => exceptionType));
}
