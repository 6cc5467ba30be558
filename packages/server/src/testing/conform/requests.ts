/** Requests to every operation of the plugin, each answer held against the document. */
import {
  catalogue,
  type ErrorFact,
  formatAuthorization,
  isMachineScope,
  type Privilege,
  schemes,
} from '@palestra/core';
import { type DescribedOperation, operationsOf, resolve } from '../../contract/operations.js';
import { createValidators } from '../../contract/validate.js';
import type { Answer, TestHost } from '../host.js';
import type { Insider } from './plugin-set.js';
import type { FixtureRequest, Subject } from './types.js';

export interface Caller {
  readonly operations: readonly DescribedOperation[];
  send(operation: DescribedOperation, request: RawRequest): Promise<Answer>;
  /** The `Authorization` of somebody with just this privilege; none for a guest. */
  authorization(privilege: Privilege): Promise<string | undefined>;
  /** What the document does not say of this answer. */
  faultsOf(operation: DescribedOperation, answer: Answer): string[];
  /** Passwords and tokens given out so far. */
  secrets(): readonly string[];
}

export interface RawRequest extends Omit<FixtureRequest, 'body'> {
  readonly authorization?: string | undefined;
  /** As bytes, or JSON. */
  readonly text?: string | undefined;
  readonly body?: unknown;
}

interface ResponseDescription {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

export function createCaller(host: TestHost, insider: Insider, { plugin }: Subject): Caller {
  const document = host.palestra.openapi();
  const validators = createValidators(document);
  const own = new Set(
    Object.values(plugin.contract.paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId)),
  );
  const known = exceptionTypes(plugin.errors ?? {});
  const credentials = new Map<Privilege, Promise<string>>();
  const secrets: string[] = [];

  async function tokenFor(privilege: Privilege): Promise<string> {
    if (isMachineScope(privilege)) {
      const { token } = await insider.accounts().machines.issue(privilege, 'conformance-kit');
      secrets.push(token);
      return token;
    }
    const { token, password } = await host.account(privilege);
    secrets.push(token, password);
    return token;
  }

  return {
    operations: operationsOf(document).filter(({ id }) => own.has(id)),
    secrets: () => secrets,

    async send(operation, { authorization, text, body, params = {}, query = {}, headers = {} }) {
      const path = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) =>
        encodeURIComponent(params[name] ?? '999999999'),
      );
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]) => [name, String(value)] as [string, string]),
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

    async authorization(privilege) {
      if (privilege === 'guest') return undefined;
      const token = credentials.get(privilege) ?? tokenFor(privilege);
      credentials.set(privilege, token);
      return formatAuthorization(schemes.bearer, await token);
    },

    faultsOf({ object, family }, { status, body, text, headers }) {
      const described = object.responses[String(status)] ?? object.responses.default;
      if (!described) return [`answers ${status}, which is not described`];
      const { content } = resolve<ResponseDescription>(document, described);
      const type = (headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
      if (!content || text === '') return [];
      if (!(type in content)) return [`answers ${status} as ${type || 'nothing'}, which is not described`];
      const schema = content[type]?.schema;
      const validate = schema && /json/.test(type) ? validators.schema(schema as never) : undefined;
      const wrong =
        validate && !validate(body) ? [`answers ${status} against its schema: ${reason(validate.errors)}`] : [];
      const strange = status >= 400 && family === 'resource' && !known.has(body?.exceptionType);
      return strange ? [...wrong, `fails with ${body?.exceptionType}, which is in no catalogue`] : wrong;
    },
  };
}

function reason(errors: readonly { instancePath: string; message?: string }[] | null | undefined): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join('; ');
}

function exceptionTypes(own: Readonly<Record<string, ErrorFact>>): Set<string> {
  return new Set([...Object.values(catalogue), ...Object.values(own)].map(({ exceptionType }) => exceptionType));
}
