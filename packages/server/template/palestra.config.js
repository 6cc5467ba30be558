/** The host that `npm start` runs, with this plugin alone. */
import { samplePlugin } from './dist/index.js';

export const plugins = [samplePlugin];
