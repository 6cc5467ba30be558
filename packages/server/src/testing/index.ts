/** For tests of plugins: a real host on a free port, and real databases. */
export { createTestClient, sealBlock } from './client.js';
export {
  describeOnDatabase,
  describeOnEachDatabase,
  type FreshDatabase,
  type TestDatabase,
  testDatabases,
} from './databases.js';
export { exchanges, expectStatus } from './exchanges.js';
export { signInAdmin, startTestHost, type TestHostOptions } from './host.js';
export { hasMariadb, type Mariadb, type MariadbOptions, startMariadb } from './mariadb.js';
export { shareSealingKey } from './sealing-key.js';
export type { Account, Answer, RequestOptions, TestClient, TestHost } from './types.js';
