/** `palestra token …`: the provisioner's token, and the end of any token. */
import { isMachineScope } from '@palestra/core';
import { type AccountAdministration, accountAdministration } from '../management/index.js';
import { type Command, UsageError } from './command.js';
import { actorOf, withHost } from './with-host.js';

const usage = 'token provisioner | revoke TOKEN_OR_JTI';

export const tokenCommand: Command = {
  usage,
  summary: "Print the provisioner's token alone, or end a token",
  async run(context) {
    const [verb, subject, ...rest] = context.args;
    if (verb === 'provisioner' && subject === undefined) {
      context.print(
        await withHost(context, (palestra) => palestra.service(accountAdministration).provisioner(actor(verb))),
      );
      return 0;
    }
    if (verb !== 'revoke' || subject === undefined || rest.length > 0) {
      throw new UsageError(`Usage: palestra ${usage}`);
    }
    const said = await withHost(context, (palestra) => revoke(palestra.service(accountAdministration), subject));
    context.print(said ?? 'There is no such token alive.');
    return said === undefined ? 1 : 0;
  },
};

const actor = (verb: string) => actorOf(`token ${verb}`);

/** What was done; undefined if there was nothing to do. */
async function revoke(people: AccountAdministration, subject: string): Promise<string | undefined> {
  const claims = claimsOf(subject);
  if (claims && !isMachineScope(claims.scope)) {
    const ended = await people.endTokens(actor('revoke'), Number(claims.sub));
    return ended ? `A person's token: every token and session of account ${claims.sub} has ended.` : undefined;
  }
  const tokenId = claims ? String(claims.jti) : subject;
  return (await people.revokeToken(actor('revoke'), tokenId)) ? `Token ${tokenId} has ended.` : undefined;
}

/** Of a JWT, unverified: whoever runs this command may end any token. Undefined for a bare `jti`. */
function claimsOf(token: string): Record<string, unknown> | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    throw new UsageError('This is neither a token nor the jti of one.');
  }
}
