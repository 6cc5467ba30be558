/** Secrets from files: `NAME_FILE` names a file that holds the value of `NAME`, as Docker, Kubernetes and systemd mount them. */
import { readFileSync } from 'node:fs';

/** The variables whose value is a secret. */
const secrets = [
  'DATABASE_URL',
  'PALESTRA_DBA_PASSWORD',
  'PALESTRA_METRICS_TOKEN',
  'PALESTRA_USER_PASSWORD',
  'PALESTRA_WECHAT_APP_SECRET',
  'PALESTRA_WECHAT_API_KEY',
] as const;

/**
 * The environment with each secret that a file gives; the line break that editors put at the end of a file is left out.
 * @throws Error naming the variable, if its file cannot be read or is empty, or if the secret is given both ways
 */
export function readSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const values = secrets.flatMap((name) => {
    const file = env[`${name}_FILE`];
    return file ? [[name, readSecret(name, file, env[name])] as const] : [];
  });
  return { ...env, ...Object.fromEntries(values) };
}

function readSecret(name: string, file: string, value: string | undefined): string {
  if (value) throw new Error(`Both ${name} and ${name}_FILE are set: keep one of them.`);
  const text = contentOf(name, file).replace(/\r?\n$/, '');
  if (text === '') throw new Error(`${name}_FILE names ${file}, which is empty.`);
  return text;
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${name}_FILE names ${file}, which cannot be read.`, { cause });
  }
}
