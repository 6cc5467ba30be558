/** Requests to the operations of the host itself. */
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { idOf, type Make, none, type Subject } from './sample.js';

export const accountSamples: Readonly<Record<string, Make>> = {
  // keys, session, profile
  getServerKey: none,
  getJwks: none,
  register: async ({ host, maker }) => ({
    json: { sealed: await host.seal({ username: maker.name(), password: 'a password' }) },
  }),
  authenticate: async ({ host, stranger: { username, password } }) => ({
    headers: { authorization: formatAuthorization(schemes.user, await host.seal({ username, password })) },
  }),
  authenticateByWechat: async ({ host }) => ({ json: { sealed: await host.seal({ code: 'none' }) }, answers: 503 }),
  refresh: async (subject) => ({ json: { refresh_token: await refreshTokenOf(subject) } }),
  logout: async (subject) => ({ json: { refresh_token: await refreshTokenOf(subject) } }),
  publicRegister: ({ maker }) => ({
    json: {
      email: `${maker.name().replace(' ', '-')}@example.com`,
      password: 'a password',
      first_name: 'Jon',
      last_name: 'Dorian',
    },
  }),
  login: ({ stranger: { username, password } }) => ({
    params: { username },
    headers: { authorization: formatAuthorization(schemes.basic, formatUserPass(username, password)) },
  }),
  'operateProfile query': () => ({ json: { find: 1 } }),
  'operateProfile update': ({ owner }) => ({ json: { _id: idOf(owner), firstName: 'Jon' } }),
  listProfiles: none,
  getProfile: ({ owner }) => ({ params: { id: idOf(owner) } }),
  // recovery
  recover: ({ maker }) => ({ json: { email: `${maker.name().replace(' ', '-')}@example.com` } }),
  completeRecovery: async ({ host }) => ({
    json: { sealed: await host.seal({ code: 'none', password: 'a password' }) },
    answers: 400,
  }),
  issueRecoveryCode: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  sendEmailCode: () => ({ answers: 409 }),
  verifyEmail: () => ({ json: { code: 'none' }, answers: 400 }),
  // sign-ins
  listSessions: none,
  endOtherSessions: () => ({ query: '?others=maybe', answers: 400 }),
  endSession: () => ({ params: { id: 'none' }, answers: 404 }),
  listUserSessions: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  endUserSession: async ({ host }) => ({ params: { id: idOf(await host.account()), sid: 'none' }, answers: 404 }),
  // personal data
  disableUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  enableUser: async ({ host, accounts }) => {
    const id = idOf(await host.account());
    await host.request('POST', `/api/admin/user/${id}/disable`, { token: accounts.dba.token });
    return { params: { id } };
  },
  deleteUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  exportUser: async ({ host }) => ({ params: { id: idOf(await host.account()) } }),
  exportProfile: none,
  deleteProfile: async ({ host }) => ({ json: { sealed: await host.seal({ passwort: 'none' }) }, answers: 400 }),
  // management
  listAdminUsers: none,
  getAdminUser: ({ stranger }) => ({ params: { id: idOf(stranger) } }),
  grantPrivilege: async ({ host }) => ({ json: { username: (await host.account()).username, role: 'coach' } }),
  revokePrivilege: async ({ host }) => ({ json: { username: (await host.account('coach')).username } }),
  listCollections: none,
  emptyCollection: () => ({ params: { name: 'nothing' }, query: '?confirm=nothing', answers: 404 }),
  listAudit: none,
  createBackup: none,
  listBackups: none,
  restoreBackup: () => ({ json: { file: 'palestra-20200101T000000000Z-00000000.backup' }, answers: 404 }),
};

/** Of a fresh account. */
async function refreshTokenOf({ host, maker }: Subject): Promise<string> {
  const sealed = await host.seal({ username: maker.name(), password: 'a password' });
  const { body } = await host.request('POST', '/api/register', { json: { sealed } });
  return body.data.refresh_token;
}
