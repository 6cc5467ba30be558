/** CHANGELOG.md (Keep a Changelog): what is under Unreleased becomes the section of a version. */

const unreleased = '## [Unreleased]';

/** @throws Error if nothing is listed under Unreleased, or the version has a section already */
export function releaseChangelog(text: string, version: string, date: string): string {
  const start = text.indexOf(unreleased);
  if (start === -1) throw new Error(`CHANGELOG.md has no section ${unreleased}.`);
  if (text.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has a section for ${version} already.`);
  const begin = start + unreleased.length;
  const next = text.indexOf('\n## [', begin);
  const changes = text.slice(begin, next === -1 ? undefined : next).trim();
  if (!/^- /m.test(changes))
    throw new Error('CHANGELOG.md lists nothing under Unreleased. Say what changed, then release.');
  const rest = next === -1 ? '\n' : text.slice(next);
  return `${text.slice(0, begin)}\n\n## [${version}] - ${date}\n\n${changes}\n${rest}`;
}

/** The text of a version's section, for a release note. */
export function changesOf(text: string, version: string): string {
  const start = text.indexOf(`## [${version}]`);
  const begin = text.indexOf('\n', start) + 1;
  const next = text.indexOf('\n## [', begin);
  return text.slice(begin, next === -1 ? undefined : next).trim();
}
