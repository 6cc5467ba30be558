/** What a release is made of: an SBOM (CycloneDX), the licences of everything that is installed with it, and its size. */
import { execFileSync } from 'node:child_process';

export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier or expression; `unknown` where a package names none. */
  readonly license: string;
}

interface CycloneDx {
  readonly components?: readonly {
    readonly group?: string;
    readonly name: string;
    readonly version?: string;
    readonly licenses?: readonly {
      readonly license?: { readonly id?: string; readonly name?: string };
      readonly expression?: string;
    }[];
  }[];
}

/** The CycloneDX document of what the packages need in production, as npm writes it. */
export function billOfMaterials(root: string, workspaces: readonly string[]): string {
  const chosen = workspaces.flatMap((each) => ['--workspace', each]);
  const args = [
    'sbom',
    '--package-lock-only',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'library',
    '--omit',
    'dev',
    ...chosen,
  ];
  return execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** One entry per package and version, sorted by name; our own packages are left out. */
export function componentsOf(sbom: string): Component[] {
  const { components = [] } = JSON.parse(sbom) as CycloneDx;
  const listed = components.map(({ group, name, version = '', licenses = [] }) => {
    const [first] = licenses;
    const license = first?.expression ?? first?.license?.id ?? first?.license?.name ?? 'unknown';
    return { name: group ? `${group}/${name}` : name, version, license };
  });
  const unique = new Map(listed.map((each) => [`${each.name}@${each.version}`, each]));
  return [...unique.values()]
    .filter(({ name }) => !name.startsWith('@palestra/'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Licences that a user may combine with ours (MIT) without conditions beyond attribution. */
const permissive = /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0)\b/;

export function licenceTable(components: readonly Component[]): string {
  const rows = components.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  return ['# Licences of the dependencies', '', '| package | version | licence |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

export function otherLicences(components: readonly Component[]): Component[] {
  return components.filter(({ license }) => !permissive.test(license));
}
