/** What an app does first: register, look around, be refused, sign out. Gives what it saw in one line. */
exports.story = async ({ createClient, isClientError }, baseUrl) => {
  const client = createClient({ baseUrl });
  const username = `stranger-${Math.random().toString(36).slice(2)}`;
  await client.auth.register({ username, password: 'a long enough password: ключ' });
  const me = await client.profile.me();
  const gyms = [];
  for await (const { name } of client.gym.list({}, { pageSize: 2 })) gyms.push(name);
  const refused = await client.gym.create({ name: 'Not mine to make' }).catch((error) => error);
  await client.auth.signOut();
  return `${me.username === username ? me.role : 'nobody'}; ${gyms.join(', ')}; ${isClientError(refused) && refused.code}`;
};
