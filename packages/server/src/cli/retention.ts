/** How many backups are kept, among the options of commands. */
import type { Retention } from '../backup/types.js';
import type { Option } from './command.js';
import { UsageError } from './errors.js';

type Name = 'keep-daily' | 'keep-weekly' | 'keep-monthly';

export const retentionOptions: Readonly<Record<Name, Required<Option>>> = {
  'keep-daily': { value: 'N', description: 'Keep the newest backup of each of the last N days that have one' },
  'keep-weekly': { value: 'N', description: 'The same for weeks, from Monday' },
  'keep-monthly': { value: 'N', description: 'The same for months' },
};

/** Undefined where no option is given. @throws CommandError for what is no number */
export function retentionFrom(input: Readonly<Record<Name, string | undefined>>): Retention | undefined {
  const given = Object.entries(input).filter(([name, value]) => name in retentionOptions && value !== undefined);
  if (given.length === 0) return undefined;
  const count = (name: Name): number => {
    const value = input[name] ?? '0';
    if (!/^\d{1,6}$/.test(value)) throw new UsageError(`--${name} takes a whole number.`);
    return Number(value);
  };
  const retention = {
    keepDaily: count('keep-daily'),
    keepWeekly: count('keep-weekly'),
    keepMonthly: count('keep-monthly'),
  };
  if (Object.values(retention).every((kept) => kept === 0)) {
    throw new UsageError('Keep at least one backup: give one of the options a number above 0.');
  }
  return retention;
}
