/** Who comes to this repository first, and by which page. */
import { followGuide } from '../follow-guide.js';
import { app } from './app.js';
import { embedding } from './embedding.js';
import { firmware } from './firmware.js';
import { firstContact } from './first-contact.js';
import { type Packed, type Path, travel } from './journey.js';

interface Newcomer {
  readonly name: string;
  readonly page: string;
  walk(packed: Packed): Promise<void>;
}

const by = (path: Path) => (packed: Packed) => travel(path, packed);

export const newcomers: readonly Newcomer[] = [
  { name: 'first-contact', page: 'README.md', walk: by(firstContact) },
  { name: 'app', page: 'docs/sdk.md', walk: by(app) },
  { name: 'embedding', page: 'docs/embedding.md', walk: by(embedding) },
  { name: 'firmware', page: 'docs/firmware.md', walk: by(firmware) },
  {
    name: 'integrator',
    page: 'docs/plugins.md',
    walk: ({ install }) => followGuide('docs/plugins.md', { install, onServed: async () => undefined }),
  },
];
