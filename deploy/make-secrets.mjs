/**
 * `node deploy/make-secrets.mjs FOLDER`: the secrets of an installation by compose.yaml, each in a file, by who may read
 * it: `app` for the server, `database` for MariaDB, `monitoring` for Prometheus. What is there already is kept.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Usage: node deploy/make-secrets.mjs FOLDER');
  process.exit(2);
}

const password = secret('database/password');
secret('database/root_password');
secret('app/database_url', `mysql://palestra:${password}@database:3306/palestra`);
secret('app/dba_password');
const token = secret('app/metrics_token');
secret('monitoring/metrics_token', token);

/** Its readers are different users of different containers; what keeps others out is that only they mount its folder. */
function secret(name, value = randomBytes(24).toString('base64url')) {
  const file = join(folder, name);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, value, { mode: 0o444 });
  console.log(`made ${file}`);
  return value;
}
