/** The first account of the test's server. */
export const dba = { username: 'dba', password: 'test-only-password-of-the-dba' } as const;
