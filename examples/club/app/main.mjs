/** The coach's page: each action is one call of the client, and what it returns is shown. */
import { createClient, isClientError, storageTokens } from '@palestra/client';

const client = createClient({ baseUrl: location.origin, tokens: storageTokens(sessionStorage) });
const { club } = client;
const byId = (id) => document.getElementById(id);

/** The team whose players are shown. */
let chosen;

/** Runs what a form or a button asks for; what goes wrong is shown in the server's words. */
async function attempt(action) {
  byId('message').textContent = '';
  try {
    await action();
  } catch (error) {
    if (!isClientError(error)) throw error;
    byId('message').textContent = error.message;
  }
}

function onSubmit(id, action) {
  byId(id).addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.target;
    void attempt(async () => {
      await action(Object.fromEntries(new FormData(form)));
      form.reset();
    });
  });
}

function item(text, label, action) {
  const line = document.createElement('li');
  line.append(text);
  if (label !== undefined) {
    const button = document.createElement('button');
    button.textContent = label;
    button.addEventListener('click', () => void attempt(action));
    line.append(button);
  }
  return line;
}

async function showTeams() {
  const teams = await club.teams.list();
  chosen = teams.find(({ team_id }) => team_id === chosen?.team_id) ?? teams[0];
  byId('teams').replaceChildren(
    ...teams.map((team) => {
      const line = item('', team.team_name, () => choose(team));
      line.firstElementChild.setAttribute('aria-current', String(team.team_id === chosen.team_id));
      return line;
    }),
  );
  await showPlayers();
}

function choose(team) {
  chosen = team;
  return showTeams();
}

async function showPlayers() {
  for (const form of ['new-team', 'new-player']) byId(form).hidden = chosen === undefined;
  const players = chosen ? await club.teams.players.list(chosen.team_id) : [];
  byId('players').replaceChildren(
    ...players.map(({ id, first_name, last_name }) =>
      item(`${first_name ?? ''} ${last_name ?? ''}`.trim() || `Player ${id}`, 'Remove', async () => {
        await club.teams.players.remove(chosen.team_id, id);
        await showPlayers();
      }),
    ),
  );
}

async function showGames() {
  const games = await club.games.list();
  byId('games').replaceChildren(...games.map(({ name, config }) => item(`${name}: ${config.minutes ?? '?'} min`)));
}

async function showClub() {
  byId('sign-in').hidden = true;
  byId('club').hidden = false;
  await Promise.all([showTeams(), showGames()]);
}

onSubmit('sign-in', async (credentials) => {
  await client.auth.signIn(credentials);
  await showClub();
});
onSubmit('new-team', async ({ team }) => {
  // Of the same coach and club as the team that is shown.
  const { coach_id, operator_id } = chosen;
  chosen = await club.teams.create({ coach_id, operator_id, team_name: team });
  await showTeams();
});
onSubmit('new-player', async ({ email }) => {
  await club.teams.players.add(chosen.team_id, [email]);
  await showPlayers();
});
byId('sign-out').addEventListener('click', () => void attempt(() => client.auth.signOut()));
client.auth.onChange((event) => {
  if (event === 'signed_out' || event === 'expired') location.reload();
});

if (await client.auth.tokens()) void attempt(showClub);
