/** Results for the people they are about. */
import { randomUUID } from 'node:crypto';
import { type Account, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Club, signInAgain } from '../../team/test/club-host.js';
import { type Device, type StamsHost, startStamsHost } from './stams-host.js';

describeOnEachDatabase('results that name their player', (fresh) => {
  let host: StamsHost;
  let clubs: { club: Club; coach: Account & { coachId: number }; device: Device }[];
  before(async () => {
    host = await startStamsHost(await fresh());
    clubs = [];
    for (let at = 0; at < 2; at++) {
      const club = await host.club();
      clubs.push({ club, coach: await host.coach(club), device: await host.device(club) });
    }
  });
  after(() => host.stop());

  const [home, away] = [() => clubs[0] as (typeof clubs)[0], () => clubs[1] as (typeof clubs)[0]];
  async function send(device: Device, player_id?: unknown, count = 1): Promise<string[]> {
    const uids = Array.from({ length: count }, () => randomUUID());
    const results = uids.map((result_uid) => ({ result_uid, score: 7, ...(player_id !== undefined && { player_id }) }));
    const { status, text } = await device.self('POST', '/results', { json: { results } });
    if (status !== 200) throw new Error(text);
    return uids;
  }
  const read = async ({ token }: Account, query = '') =>
    (await host.request('GET', `/api/v1/results${query}`, { token })).body as {
      result_id: number;
      stams_uid: number;
      result: { result_uid: string; player_id?: number };
    }[];
  const uidsOf = async (who: Account) => (await read(who)).map(({ result }) => result.result_uid);
  async function teamOf({ club, coach }: (typeof clubs)[0], player: Account): Promise<void> {
    const json = { coach_id: coach.coachId, operator_id: club.id, team_name: randomUUID() };
    const { token } = host.admin;
    const { team_id } = (await host.request('POST', '/api/v1/teams', { token, json })).body.team;
    const players = { token, json: { user_ids: [player.id] } };
    await host.request('POST', `/api/v1/teams/${team_id}/players`, players);
  }

  it('are read by the player, the coaches of the player and of the club, its operator and admins', async () => {
    const [player, stranger] = [await host.account(), await host.account()];
    const [own] = await send(home().device, player.id);
    const [abroad] = await send(away().device, String(player.id));
    const [unnamed] = await send(home().device);
    expect(await uidsOf(player)).to.deep.equal([own, abroad]);
    expect(await uidsOf(stranger)).to.deep.equal([]);
    for (const who of [home().coach, home().club.operator]) {
      expect(await uidsOf(who))
        .to.include.members([own, unnamed])
        .and.not.include(abroad);
    }
    await teamOf(home(), player);
    for (const who of [home().coach, home().club.operator]) {
      expect(await uidsOf(who)).to.include.members([own, abroad, unnamed]);
    }
    expect(await uidsOf(away().coach))
      .to.include(abroad)
      .and.not.include(own);
    expect(await uidsOf(host.admin)).to.include.members([own, abroad, unnamed]);
    const [first] = await read(player);
    expect(first).to.deep.include({ stams_uid: home().device.uid });
    expect(first?.result).to.deep.equal({ result_uid: own, score: 7, player_id: player.id });
  });

  it('are shown once each, in the order they came, over pages and several reasons', async () => {
    const player = await host.account();
    await teamOf(home(), player);
    const sent: string[] = [];
    for (let round = 0; round < 6; round++) {
      sent.push(...(await send(home().device, player.id, 60)));
      sent.push(...(await send(away().device, player.id, 40)));
      await send(away().device, undefined, 30);
    }
    expect(await uidsOf(player)).to.deep.equal(sent);
    const all = await read(home().coach);
    const known = new Set(sent);
    expect(all.filter(({ result }) => known.has(result.result_uid))).to.have.length(sent.length);
    const ids = all.map(({ result_id }) => result_id);
    expect(ids).to.deep.equal([...new Set(ids)].sort((a, b) => a - b));
    const some = await read(home().coach, `?find=250&after=${ids[99]}`);
    expect(some.map(({ result_id }) => result_id)).to.deep.equal(ids.slice(100, 350));
  });

  it('keep no player that there is not, also after the account is gone', async () => {
    const player = await host.account();
    await send(home().device, 424242);
    const [own] = await send(home().device, player.id);
    const last = async () => (await read(home().coach)).slice(-2).map(({ result }) => result);
    const [unknown, known] = await last();
    expect(unknown).not.to.have.property('player_id');
    expect(known).to.include({ result_uid: own, player_id: player.id });
    await host.palestra.database().knex('account').where({ id: player.id }).delete();
    expect((await last())[1]).not.to.have.property('player_id');
    const wrong = { json: { results: [{ result_uid: randomUUID(), player_id: 'Jon' }] } };
    expect((await home().device.self('POST', '/results', wrong)).status).to.equal(400);
  });

  it('end for a coach with the position', async () => {
    const { coach, device } = away();
    await send(device);
    expect(await read(coach)).not.to.deep.equal([]);
    const { token } = host.admin;
    expect((await host.request('DELETE', `/api/v1/coaches/${coach.coachId}`, { token })).status).to.equal(200);
    expect(await read(await signInAgain(host, coach))).to.deep.equal([]);
  });
});
