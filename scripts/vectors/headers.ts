/** The vectors of `Authorization` headers. */
const base64 = (text: string) => Buffer.from(text).toString('base64');

export function headerVectors(): object {
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln';
  const userPasses: readonly (readonly [username: string, password: string])[] = [
    ['Aladdin', 'open sesame'],
    ['test@domain.com', 'pass:with:colons'],
    ['jörg', 'ключ🐎'],
    ['a', 'b'],
  ];
  return {
    authorization: [
      { scheme: 'Bearer', value: token, header: `Bearer ${token}` },
      { scheme: 'Basic', value: base64('a:b'), header: `Basic ${base64('a:b')}` },
      { scheme: 'tnt-admin-auth-scheme', value: 'YTpi', header: 'tnt-admin-auth-scheme YTpi' },
      { scheme: 'tnt-user-auth-scheme', value: 'QUJD-_', header: 'tnt-user-auth-scheme QUJD-_' },
    ],
    parse: [
      { header: `bearer ${token}`, scheme: 'bearer', value: token },
      { header: `BEARER   ${token}`, scheme: 'bearer', value: token },
      { header: 'Basic YTpi', scheme: 'basic', value: 'YTpi' },
      { header: 'TNT-Admin-Auth-Scheme YTpi==', scheme: 'tnt-admin-auth-scheme', value: 'YTpi==' },
    ],
    refuse: [
      '',
      'Bearer',
      'Bearer ',
      ` Bearer ${token}`,
      'Bearer a b',
      'Bearer a, Basic YTpi',
      'Bearer a,b',
      `Bearer\t${token}`,
      'Be@rer a',
      'Bearer =a',
      'Bearer é',
    ],
    userPass: userPasses.map(([username, password]) => ({
      username,
      password,
      value: base64(`${username}:${password}`),
    })),
    refuseUserPass: [
      '',
      '=',
      'YTpi=',
      'Y*pi',
      base64('no colon'),
      base64(':no name'),
      base64('no password:'),
      Buffer.from([0xff, 0x3a, 0x61]).toString('base64'),
      'YTo_Pz8=',
    ],
  };
}
