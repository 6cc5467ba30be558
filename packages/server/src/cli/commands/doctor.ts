/** `palestra doctor`: what is wrong with this installation, each with what to do next, and every setting. */
import { type Check, checks, databaseChecks, type Finding, reachDatabase } from '../checks.js';
import { type Command, type CommandContext, command } from '../command.js';
import { explain } from '../explain.js';
import { settingLines, settingsOf } from '../settings.js';

const marks = { ok: 'ok  ', warning: 'warn', failure: 'FAIL' } as const;

interface Named extends Finding {
  readonly check: string;
}

export const doctor: Command = command({
  name: 'doctor',
  summary: 'Check the installation, and list its settings',
  details: 'Settings, folders, database, migrations, keys and clock. Changes nothing. Exit code 1 on a failure.',
  json: true,
  async run(context) {
    const findings = await examine(context);
    const settings = settingsOf(context);
    const lines = findings.flatMap(({ check, level, text, next }) => [
      `${marks[level]}  ${check}: ${text}`,
      ...(next === undefined ? [] : next.split('\n').map((line) => `      ${line}`)),
    ]);
    context.report({ findings, settings }, [...lines, '', ...settingLines(settings)]);
    return findings.some(({ level }) => level === 'failure') ? 1 : 0;
  },
});

async function examine(context: CommandContext): Promise<Named[]> {
  const found: Named[] = [];
  for (const { name, run } of checks) found.push(...(await settled(name, context, () => run(context))));
  const { findings, database } = await reachDatabase(context);
  found.push(...findings.map((finding) => ({ check: 'database', ...finding })));
  if (!database) return found;
  try {
    for (const { name, run } of databaseChecks) {
      found.push(...(await settled(name, context, () => run(database, context))));
    }
  } finally {
    await database.close();
  }
  return found;
}

/** A check that cannot be made is a failure that says why. */
async function settled(
  check: string,
  { environment }: CommandContext,
  run: () => ReturnType<Check['run']>,
): Promise<readonly Named[]> {
  try {
    return (await run()).map((finding) => ({ check, ...finding }));
  } catch (error) {
    return [{ check, level: 'failure', text: 'it cannot be checked', next: explain(error, environment) }];
  }
}
