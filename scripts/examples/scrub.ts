/** What a test sent and got, made fit to be shown: secrets and made-up names replaced, lists cut short. */

/** Members whose values are secrets, and what is shown instead. */
const secrets: Readonly<Record<string, string>> = {
  access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJ1c2VyIjoiam9uIn0.c2lnbmF0dXJl',
  user_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJ1c2VyIjoiam9uIn0.c2lnbmF0dXJl',
  refresh_token: 'example-refresh-token-example-refresh-token'.slice(0, 43),
  refresh_key: 'example-refresh-key-example',
  stams_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzY29wZSI6InN0YW1zX2lvIn0.c2lnbmF0dXJl',
  qr: 'eyJhbGciOiJIUzI1NiIsInR5cCI6InFyK2p3dCJ9.eyJyIjoiMSJ9.c2lnbmF0dXJl',
  password: 'correct horse battery',
  // Of the audit: it names the machine.
  chain: 'server-1',
  paySign: 'c2lnbmF0dXJl',
  sign: 'c2lnbmF0dXJl',
};

/** What tests call things, by the operation that they are in. */
const names: readonly (readonly [operation: RegExp, name: string])[] = [
  [/Countr/, 'Austria'],
  [/Cit/, 'Salzburg'],
  [/League/, '1. Landesliga'],
  [/Team|Player/, 'U12'],
  [/Game/, 'Passing'],
  [/Operator/, 'Union Henndorf'],
  [/Stams/i, 'At the goal'],
  [/Merchandise|Transaction|Visit|Refund/, 'Ten visits'],
  [/./, 'Iron Temple'],
];

const longestList = 2;

export function scrubbed(value: unknown, operationId: string, member = ''): unknown {
  if (Array.isArray(value)) {
    return value.slice(0, longestList).map((each) => scrubbed(each, operationId, member));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, scrubbed(each, operationId, key)]));
  }
  return typeof value === 'string' ? text(value, operationId, member) : value;
}

function text(value: string, operationId: string, member: string): string {
  if (Object.hasOwn(secrets, member)) return secrets[member] ?? '';
  // An audit id names the machine.
  if (/^\d{15}-.+-\d{12}$/.test(value)) return value.replace(/(?<=^\d{15}-).+(?=-\d{12}$)/, 'server-1');
  if (/^[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}$/.test(value)) return 'ABCDE-FGHJK-MNPQR-STVWX';
  if (/^thing[ -]\d+$/.test(value)) return names.find(([of]) => of.test(operationId))?.[1] ?? value;
  if (/^(?:dba|system_admin|admin|operator|coach|player|wechat|user)-[0-9a-f]+$/.test(value)) return 'jon';
  if (/^[^@\s]+@[a-z.]+\.(?:example|example\.com)$/.test(value)) return 'jon@club.example';
  return value.replace(/^([A-Z][a-z]+)(?: ?\d+x)/, '$1');
}
