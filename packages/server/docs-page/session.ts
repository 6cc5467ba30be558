/** The reader's session with this server: our own client, which encrypts credentials and renews tokens. */
import { auth, type ClientPlugin, createLeanClient, type Operation, storageTokens } from '@palestra/client';

interface Sealing {
  /** The value that a sealed body or header of the operation holds. */
  seal(operation: Pick<Operation, 'id' | 'path'>, plaintext: object): Promise<string>;
}

const sealing: ClientPlugin<'sealing', Sealing> = {
  name: 'sealing',
  setup: (scope) => ({ seal: (operation, plaintext) => scope.sealed(operation, plaintext, async (value) => value) }),
};

export interface Session extends Sealing {
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Renewed where it has ended; undefined for a guest. */
  accessToken(): Promise<string | undefined>;
  onChange(listener: () => void): void;
  /** Of who is signed in, as the token names them. */
  claims(): Promise<{ readonly user: string; readonly scope: string } | undefined>;
}

/** Tokens end with the tab. */
export function createSession(baseUrl: string): Session {
  const client = createLeanClient({ baseUrl, tokens: storageTokens(sessionStorage), plugins: [auth, sealing] });
  return {
    seal: (operation, plaintext) => client.sealing.seal(operation, plaintext),
    async signIn(username, password) {
      await client.auth.signIn({ username, password });
    },
    signOut: () => client.auth.signOut(),
    async accessToken() {
      const tokens = await client.auth.tokens();
      if (tokens?.expiresAt === undefined || tokens.expiresAt > Date.now() + 5_000) return tokens?.accessToken;
      return (await client.auth.refresh())?.accessToken;
    },
    onChange: (listener) => void client.auth.onChange(listener),
    async claims() {
      const tokens = await client.auth.tokens();
      return tokens && JSON.parse(fromBase64Url(tokens.accessToken.split('.')[1] ?? ''));
    },
  };
}

function fromBase64Url(text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
