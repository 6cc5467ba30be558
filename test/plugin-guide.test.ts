/** `docs/plugins.md`, followed to the letter; `npm run test:guide` does the same with everything installed from the registry. */
import { expect } from 'chai';
import { followGuide } from '../scripts/follow-guide.js';

const install = process.env.PALESTRA_GUIDE_INSTALL === 'registry' ? 'registry' : 'linked';

describe(`the guide to plugins, with packages ${install === 'linked' ? 'of this clone' : 'from the registry'}`, () => {
  it('leads from an empty folder to a package that passes everything', async () => {
    const commands: string[] = [];
    let served: { readonly paths: object } | undefined;
    let refused = 0;
    await followGuide('docs/plugins.md', {
      install,
      onCommand: (command) => commands.push(command),
      onServed: async (url) => {
        served = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
        refused = (await fetch(`${url}/api/locker`)).status;
      },
    });
    expect(served?.paths).to.include.keys('/api/locker', '/api/locker/{id}', '/api/gpk');
    expect(refused).to.equal(401);
    expect(commands).to.include.members([
      'npx palestra plugin new locker --packages ../packs',
      'npm test',
      'npm run check',
      'npm pack',
    ]);
  }).timeout(install === 'linked' ? 600_000 : 1_800_000);
});
