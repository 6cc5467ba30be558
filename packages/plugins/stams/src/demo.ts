/** Two STAMS in the club, one of which has sent results, and games for them, for `palestra demo`. */
import type { DemoHost } from '@palestra/core';

export async function demo({ people, call, provisioner, print }: DemoHost): Promise<void> {
  const admin = people.find(({ role }) => role === 'admin')?.username;
  if (admin === undefined) return;
  for (const name of ['Star Sprint', 'Ball Wall', 'Reaction']) {
    await call('addGame', { as: admin, body: { gameConfigDTO: { name } } });
  }
  const [club] = (await call('listOperators', { as: admin })).operators ?? [];
  const provisioning = { token: await provisioner() };
  for (const [at, name] of ['Hall A', 'Hall B'].entries()) {
    const { stams_token } = await call('registerStams', {
      as: provisioning,
      body: { provisioning_uid: `demo-${at + 1}`, ...(club && { operator: String(club.operator_id) }) },
    });
    const device = { token: stams_token };
    const { uid } = await call('getSelf', { as: device });
    await call('renameStams', { as: admin, params: { uid }, body: { display_name: name } });
    if (at > 0) continue;
    await call('putSelfStatus', { as: device, body: { firmware_version: '1.4.2', uptime: 3600 } });
    await call('postSelfResults', {
      as: device,
      body: { results: ['r1', 'r2'].map((result_uid) => ({ result_uid, score: 1280 })) },
    });
    print(`Token of the STAMS ${name}: ${stams_token}`);
  }
}
