/** The plugins of the host that the commands of backup work with. */
import { gym } from '@palestra/plugin-gym';
import type { AnyPlugin } from '../../src/plugin/plugin.js';

export const plugins: readonly AnyPlugin[] = [gym];
