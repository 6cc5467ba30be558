/** What identity keeps about a person beside the account itself. */
import type { PersonalData } from '../plugin/personal-data.js';

const account = 'account_id';

export const personalData: readonly PersonalData[] = [
  { table: 'account_name', account, onDelete: 'delete', secret: ['name_key'] },
  { table: 'session', account, onDelete: 'delete' },
  { table: 'refresh_token', account, onDelete: 'delete', secret: ['hash', 'parent'] },
  { table: 'host_account', account, onDelete: 'delete' },
  { table: 'wechat_account', account, onDelete: 'delete' },
  { table: 'wechat_person', account, onDelete: 'delete' },
];
