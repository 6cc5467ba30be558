/** `palestra token revoke TOKEN_OR_JTI`: ends a machine's token, or every token of a person. */
import { isMachineScope } from '@palestra/core';
import { type AccountAdministration, accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { UsageError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

const actor = actorOf('token revoke');

export const tokenRevoke: Command = command({
  name: 'token revoke',
  summary: 'End a token',
  details:
    "A machine's token ends alone; the token of a person ends with every other token and session of that person.",
  arguments: { tokenOrJti: { description: "The token, or the jti of a machine's" } },
  async run(context, { tokenOrJti }) {
    const done = await withHost(context, (palestra) => revoke(palestra.service(accountAdministration), tokenOrJti));
    context.print(done ?? 'There is no such token, or it has ended already.');
    return done === undefined ? 1 : 0;
  },
});

/** What was done; undefined if there was nothing to do. */
async function revoke(accounts: AccountAdministration, subject: string): Promise<string | undefined> {
  const claims = claimsOf(subject);
  if (claims && !isMachineScope(claims.scope)) {
    const ended = await accounts.endTokens(actor, Number(claims.sub));
    return ended ? `A person's token: every token and session of account ${claims.sub} has ended.` : undefined;
  }
  const tokenId = claims ? String(claims.jti) : subject;
  return (await accounts.revokeToken(actor, tokenId)) ? `Token ${tokenId} has ended.` : undefined;
}

/** Of a JWT, unverified: who may run this command may end any token. Undefined for a bare `jti`. */
function claimsOf(token: string): Record<string, unknown> | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString());
  } catch {
    throw new UsageError('This is neither a token nor the jti of one.');
  }
}
