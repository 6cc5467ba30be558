/** Whether the folders of the settings can be used, before anything is opened or created in them. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Environment } from './environment.js';
import { CommandError } from './errors.js';

/** A folder that cannot be used, by the variable that names it. */
export interface FolderFault {
  readonly variable: string;
  readonly path: string;
  readonly fault: string;
}

/** @throws CommandError naming the variables, their paths and what to do */
export function assertFolders(environment: Environment): void {
  const faults = folderFaults(environment);
  if (faults.length > 0) throw new CommandError(faults.map(folderAdvice).join('\n'));
}

export function folderAdvice({ variable, path, fault }: FolderFault): string {
  return `${variable}: ${path} ${fault}. Give the user that runs this command the right to write there, or set ${variable} to another path.`;
}

export function folderFaults({ dataDir, keysDir, database }: Environment): FolderFault[] {
  const file = database.startsWith('sqlite:') ? database.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') : undefined;
  const checks: readonly (readonly [variable: string, path: string, fault: string | undefined])[] = [
    ['PALESTRA_DATA_DIR', resolve(dataDir), folderFault(resolve(dataDir))],
    ['PALESTRA_KEYS_DIR', resolve(keysDir), keysFault(resolve(keysDir))],
    ...(file === undefined ? [] : [['DATABASE_URL', resolve(file), fileFault(resolve(file))] as const]),
  ];
  const faults = checks.flatMap(([variable, path, fault]) => (fault === undefined ? [] : [{ variable, path, fault }]));
  // What is below a folder that cannot be used says nothing new.
  return faults.filter((each, index) => !faults.slice(0, index).some(({ path }) => each.path.startsWith(`${path}/`)));
}

/** A mounted secret may be read only; keys are created where there is no folder yet. */
function keysFault(path: string): string | undefined {
  if (!existsSync(path)) return folderFault(path);
  if (!statSync(path).isDirectory()) return 'is not a folder';
  return allows(path, constants.R_OK) ? undefined : 'cannot be read';
}

function fileFault(path: string): string | undefined {
  if (!existsSync(path)) return folderFault(dirname(path));
  if (!statSync(path).isFile()) return 'is not a file';
  return allows(path, constants.R_OK | constants.W_OK) ? folderFault(dirname(path)) : 'cannot be written';
}

/** Of what exists of it: the rest is created. */
function folderFault(path: string): string | undefined {
  if (!existsSync(path)) return dirname(path) === path ? 'does not exist' : folderFault(dirname(path));
  if (!statSync(path).isDirectory()) return `cannot be a folder, since ${path} is a file`;
  return allows(path, constants.W_OK) ? undefined : `cannot be written, since ${path} is read-only for this user`;
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
