/** The commands, in the order of their list. A new one is a file in `commands` and a line here. */
import type { Command } from './command.js';
import { auditVerify } from './commands/audit-verify.js';
import { backup } from './commands/backup.js';
import { demo } from './commands/demo.js';
import { doctor } from './commands/doctor.js';
import { forget } from './commands/forget.js';
import { importData } from './commands/import.js';
import { keysRevoke } from './commands/keys-revoke.js';
import { keysRotate } from './commands/keys-rotate.js';
import { migrate } from './commands/migrate.js';
import { openapi } from './commands/openapi.js';
import { pluginCheck } from './commands/plugin-check.js';
import { pluginGenerate } from './commands/plugin-generate.js';
import { pluginNew } from './commands/plugin-new.js';
import { restore } from './commands/restore.js';
import { seal } from './commands/seal.js';
import { serve } from './commands/serve.js';
import { tokenProvisioner } from './commands/token-provisioner.js';
import { tokenRevoke } from './commands/token-revoke.js';
import { upgrade } from './commands/upgrade.js';
import { userAdd } from './commands/user-add.js';
import { userDelete } from './commands/user-delete.js';
import { userDisable } from './commands/user-disable.js';
import { userEnable } from './commands/user-enable.js';
import { userExport } from './commands/user-export.js';
import { userGrant } from './commands/user-grant.js';
import { userImport } from './commands/user-import.js';
import { userPassword } from './commands/user-password.js';
import { userRevoke } from './commands/user-revoke.js';

export const commands: readonly Command[] = [
  serve,
  demo,
  doctor,
  migrate,
  upgrade,
  openapi,
  backup,
  restore,
  forget,
  importData,
  userAdd,
  userPassword,
  userDisable,
  userEnable,
  userDelete,
  userExport,
  userGrant,
  userRevoke,
  userImport,
  tokenProvisioner,
  tokenRevoke,
  seal,
  keysRotate,
  keysRevoke,
  auditVerify,
  pluginNew,
  pluginGenerate,
  pluginCheck,
];
