/** For tests of plugins: a real host on a free port, and real databases. */
export { describeOnEachDatabase, type FreshDatabase, type TestDatabase, testDatabases } from './databases.js';
export {
  type Account,
  type Answer,
  createTestClient,
  type RequestOptions,
  sealBlock,
  signInAdmin,
  startTestHost,
  type TestClient,
  type TestHost,
  type TestHostOptions,
} from './host.js';
export { hasMariadb, type Mariadb, type MariadbOptions, startMariadb } from './mariadb.js';
