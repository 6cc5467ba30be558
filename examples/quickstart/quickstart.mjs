/** The quickstart: a member registers, an administrator opens a gym and sells something, and both are found. */
import { createClient, isClientError } from '@palestra/client';

const baseUrl = process.env.PALESTRA_URL ?? 'http://127.0.0.1:3000';
const administrator = {
  username: process.env.PALESTRA_DBA_USERNAME ?? 'dba',
  password: process.env.PALESTRA_DBA_PASSWORD ?? '',
};

/** Makes names unique, so that the quickstart can be run again. */
const run = Date.now().toString(36);

async function quickstart() {
  // A member registers. User name and password are encrypted here, for the key of the server.
  const member = createClient({ baseUrl });
  const jon = { username: `jon-${run}`, password: 'a long enough password' };
  await member.auth.register({ ...jon, firstName: 'Jon' });
  await member.auth.signOut();
  await member.auth.signIn(jon);
  const { username, role } = await member.profile.me();
  console.log(`Registered and signed in: ${username}, a ${role}.`);

  // An administrator opens a gym and puts ten yoga classes on sale. Money is in minor units: 9900 is 99.00 EUR.
  const admin = createClient({ baseUrl });
  await admin.auth.signInAdmin(administrator);
  const gym = await admin.gym.create({
    name: `Iron Temple ${run}`,
    address: 'Seestraße 12, 5302 Henndorf',
    geoLocation: [13.055, 47.8095],
  });
  const yoga = await admin.merchandise.create({
    name: 'Ten yoga classes',
    type: 1,
    gym: gym._id,
    price: { amount: 9900, currency: 'EUR' },
    count: 10,
  });
  console.log(`Opened: ${gym.name}. On sale there: ${yoga.name}.`);

  // The member finds both by query …
  const gyms = await member.gym.query({ name: { contains: run } });
  const offers = await member.merchandise.query({ gym: { equals: gym._id } });
  console.log(`Found by query: ${names(gyms)}; ${names(offers)}.`);

  // … and a guest, who has not signed in, by discovery: what is near, the nearest first.
  const guest = createClient({ baseUrl });
  const near = { keyword: run, near: [13.0, 47.8], max: 10_000 };
  for await (const { name, distance } of guest.discovery.gyms(near)) {
    console.log(`Found by discovery: ${name}, ${(distance / 1000).toFixed(1)} km away.`);
  }
  for await (const { name, price } of guest.discovery.merchandise({ gym: gym._id })) {
    console.log(`Found by discovery: ${name}, ${(price.amount / 100).toFixed(2)} ${price.currency}.`);
  }
}

const names = (items) => items.map(({ name }) => name).join(', ');

/** What to do about the failures that a first try meets. */
function advice(error) {
  if (error.kind === 'network') return `Is the server running? \`npm start\` serves on ${baseUrl}.`;
  if (error.code === 'credentials_invalid') return 'PALESTRA_DBA_PASSWORD must be what the first start printed.';
  return `Request ${error.requestId} of ${error.operationId}.`;
}

if (administrator.password === '') {
  console.error('Set PALESTRA_DBA_PASSWORD to the password that the first `npm start` printed');
  console.error('(and PALESTRA_DBA_USERNAME, if the user name it printed is not "dba").');
  process.exitCode = 2;
} else {
  try {
    await quickstart();
  } catch (error) {
    if (!isClientError(error)) throw error;
    console.error(`${error.message} (${error.code}). ${advice(error)}`);
    process.exitCode = 1;
  }
}
