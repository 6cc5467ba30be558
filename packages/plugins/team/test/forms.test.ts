/** Bodies of the club API as forms: what curl sends for the "Data Parameters" of the Starball API. */

import type { Account } from '@palestra/server/testing';
import { expect } from 'chai';
import { type StamsHost, startStamsHost } from '../../stams/test/stams-host.js';

describe('form bodies of the club API', () => {
  let host: StamsHost;
  let admin: Account;
  before(async () => {
    host = await startStamsHost();
    ({ admin } = host);
  });
  after(() => host.stop());

  const form = (method: string, path: string, body: string, token = admin.token) =>
    host.request(method, path, {
      ...(token && { token }),
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  async function sent(path: string, fields: Record<string, string>) {
    const answer = await form('POST', `/api/v1/${path}`, new URLSearchParams(fields).toString());
    expect(answer.status, answer.text).to.equal(200);
    return answer.body;
  }

  it('do what JSON does, from the registration to the players of a team', async () => {
    const people: number[] = [];
    for (const name of ['operator', 'coach', 'player-1', 'player-2']) {
      const fields = {
        email: `${name}@form.example`,
        password: 'a long password',
        first_name: 'Jon',
        last_name: 'Dörian',
      };
      const user = await sent('public/register', fields);
      expect(user).to.include({ first_name: 'Jon', last_name: 'Dörian', address: null });
      people.push(user.id);
    }
    const [operator, coach, ...players] = people.map(String);
    const { country_id } = (await sent('countries', { name: 'Österreich & Co.' })).country;
    const { city_id } = (await sent('cities', { name: 'Salzburg', country_id })).city;
    const { league_id, name } = (await sent('leagues', { name: '2. Landesliga' })).league;
    expect(name).to.equal('2. Landesliga');
    const place = { address: 'Seestraße 12', country_id, city_id, league_id };
    const club = (await sent('add_operator', { user_id: operator ?? '', club_name: 'Union', ...place })).operator;
    const { coach_id } = (await sent('add_coach', { user_id: coach ?? '', club_id: club.operator_id })).coach;
    const ids = { coach_id, operator_id: club.operator_id };
    const { team_id } = (await sent('teams', { ...ids, team_name: 'U12' })).team;
    const path = `/api/v1/teams/${team_id}/players`;
    for (const [list, expected] of [
      [`user_ids=${players[0]}`, 1],
      [`user_ids=${players[0]}&user_ids=${players[1]}`, 2],
      [`user_ids%5B%5D=${players[1]}`, 1],
      [`user_ids=${encodeURIComponent(JSON.stringify(players))}`, 2],
      ['user_ids=', 0],
    ] as const) {
      const { body, text } = await form('PUT', path, list);
      expect(body.team?.players, text).to.have.length(expected);
    }
    const config = JSON.stringify({ name: 'Passing', rounds: 3 });
    expect((await sent('add_game', { gameConfigDTO: config })).game.config).to.deep.equal(JSON.parse(config));
    expect((await sent('games', { name: 'Dribbling', config: '{"rounds":5}' })).game.config).to.deep.equal({
      rounds: 5,
    });
  });

  it('are refused for what the contract refuses', async () => {
    for (const [body, message] of [
      ['', 'A body is required'],
      ['name=', 'name'],
      ['name=A&name=B', 'name'],
      ['name=A&colour=red', 'colour'],
      ['%00=1', ''],
      ['__proto__=1&name=A', '__proto__'],
    ] as const) {
      const answer = await form('POST', '/api/v1/countries', body);
      expect([answer.status, answer.text.includes(message)], `${body}: ${answer.text}`).to.deep.equal([400, true]);
    }
    const bytes = Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x3d, 0xff]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const broken = await host.request('POST', '/api/v1/countries', { token: admin.token, body: bytes, headers });
    expect(broken.status).to.equal(400);
  });

  it('are refused for what a JSON body is refused for, also inside a list or an object', async () => {
    const device = await host.device();
    for (const [result, message] of [
      ['{"result_uid":"a","score":9007199254740993}', 'results[0].score is an integer beyond'],
      ['{"result_uid":"b","score":1e999}', 'results[0].score is a number too large'],
      ['{"result_uid":"c","note":"\\ud800"}', 'results[0].note is a text with half'],
      ['{"result_uid":"d","a":1,"a":2}', 'The key "a" occurs twice'],
      ['{"result_uid":"e","__proto__":{"a":1}}', 'The key __proto__ is not allowed'],
      [`{"result_uid":"f","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 'results is nested deeper than 16'],
    ] as const) {
      const body = `results=${encodeURIComponent(`[${result}]`)}`;
      const answer = await form('POST', '/api/v1/stams/self/results', body, device.token);
      expect([answer.status, answer.body], result.slice(0, 50)).to.satisfy(
        ([status, told]: [number, string]) => status === 400 && told.startsWith(message),
      );
    }
    for (const key of ['__proto__', 'constructor']) {
      const answer = await form('PUT', '/api/v1/stams/self/status', `${key}=1&uptime=5`, device.token);
      expect([answer.status, answer.body]).to.deep.equal([400, `The key ${key} is not allowed.`]);
    }
    const { body } = await host.request('POST', '/api/v1/stams/self/results', {
      token: device.token,
      json: { results: ['a', 'b', 'c', 'd', 'e', 'f'].map((result_uid) => ({ result_uid })) },
    });
    expect(body).to.deep.equal({ stored: 6, duplicates: 0 });
  });

  it('are refused where percent-encoded bytes are not UTF-8; a lone percent sign means itself', async () => {
    for (const bytes of ['%FF', '%C3', '%ED%A0%80', 'Sankt P%F6lten', '%C3&x=%B6']) {
      const answer = await form('POST', '/api/v1/countries', `name=${bytes}`);
      expect([answer.status, answer.body], bytes).to.deep.equal([400, 'The body is not UTF-8.']);
    }
    expect((await form('POST', '/api/v1/countries', 'name=100%+%C3%96%EF%BF%BD %zz')).body.country.name).to.equal(
      '100% Ö\ufffd %zz',
    );
  });
});
