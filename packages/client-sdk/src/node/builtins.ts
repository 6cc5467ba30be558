/** What is used of Node's own modules, by shape: `@types/node` reaches no consumer's program, and a bundler sees no import. */
import { optionError } from '../errors/local-error.js';

/** `http.ClientRequest` */
interface ClientRequest {
  on(event: 'response', listener: (message: IncomingMessage) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
  end(body?: string): void;
  destroy(error: Error): void;
}

/** `http.IncomingMessage` */
export interface IncomingMessage {
  readonly statusCode?: number;
  /** By lower-case name; only `set-cookie` has several values. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  on(event: 'data', listener: (chunk: Uint8Array) => void): this;
  on(event: 'end', listener: () => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
}

/** `node:http` and `node:https` */
interface HttpModule {
  readonly Agent: new (options: { readonly keepAlive: boolean; readonly timeout: number }) => object;
  request(options: object): ClientRequest;
}

type Decompress = (bytes: Uint8Array, done: (error: Error | null, plain: Uint8Array) => void) => void;

interface Modules {
  'node:http': HttpModule;
  'node:https': HttpModule;
  'node:zlib': { readonly unzip: Decompress; readonly brotliDecompress: Decompress };
  'node:buffer': {
    readonly Buffer: {
      byteLength(text: string): number;
      concat(chunks: readonly Uint8Array[]): Uint8Array;
      from(bytes: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'utf8'): string };
    };
  };
  'node:url': { readonly URL: new (url: string) => UrlParts };
}

/** A `URL`, as far as a request needs it. */
interface UrlParts {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
}

type Load = <Name extends keyof Modules>(name: Name) => Modules[Name];

/** @throws ClientError `invalid` outside Node */
export function builtin<Name extends keyof Modules>(name: Name): Modules[Name] {
  const { process } = globalThis as { process?: { readonly getBuiltinModule?: Load } };
  if (process?.getBuiltinModule) return process.getBuiltinModule(name);
  throw optionError('nodeTransport needs Node 20.16 or later: leave it out');
}
