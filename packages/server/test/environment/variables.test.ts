/** Variables of plugins: the schema of a setting says how its variable is read, and every mistake names the variable. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingError } from '@palestra/core';
import { expect } from 'chai';
import { didYouMean, nearest } from '../../src/environment/did-you-mean.js';
import { settingsOf, variablesOf } from '../../src/environment/plugin-variables.js';
import { createPalestra } from '../../src/host/create.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import { smallPlugin } from '../host/small-plugin.js';

const text = { type: 'string', minLength: 1 };

const locker = smallPlugin('locker', {
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      greeting: { ...text, maxLength: 10, default: 'Welcome', description: 'Shown at the door.' },
      secret: { ...text, writeOnly: true },
      open: { type: 'boolean' },
      rows: { type: 'integer', minimum: 1, maximum: 9 },
      ratio: { type: 'number' },
      size: { enum: ['small', 'large'] },
      url: { type: 'string', format: 'uri' },
      tags: { type: 'array', items: text },
      doors: {
        type: 'array',
        items: { type: 'object', required: ['id', 'key'], properties: { id: text, key: text } },
      },
    },
  },
  environment: [
    { name: 'PALESTRA_LOCKER_GREETING', setting: '/greeting' },
    { name: 'PALESTRA_LOCKER_SECRET', setting: '/secret' },
    { name: 'PALESTRA_LOCKER_OPEN', setting: '/open' },
    { name: 'PALESTRA_LOCKER_ROWS', setting: '/rows' },
    { name: 'PALESTRA_LOCKER_RATIO', setting: '/ratio' },
    { name: 'PALESTRA_LOCKER_SIZE', setting: '/size' },
    { name: 'PALESTRA_LOCKER_URL', setting: '/url' },
    { name: 'PALESTRA_LOCKER_TAGS', setting: '/tags' },
    { name: 'PALESTRA_LOCKER_DOOR', setting: '/doors/0/id', with: 'PALESTRA_LOCKER_DOOR_KEY' },
    { name: 'PALESTRA_LOCKER_DOOR_KEY', setting: '/doors/0/key', file: true },
  ],
});

describe('variables of a plugin', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-variables-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const read = (environment: Record<string, string>, given?: object) => settingsOf(locker, environment, given);

  it('are read as the schemas of their settings say', () => {
    const environment = {
      PALESTRA_LOCKER_GREETING: 'Hello',
      PALESTRA_LOCKER_OPEN: 'off',
      PALESTRA_LOCKER_ROWS: '3',
      PALESTRA_LOCKER_RATIO: '0.5',
      PALESTRA_LOCKER_SIZE: 'large',
      PALESTRA_LOCKER_URL: 'https://club.example/',
      PALESTRA_LOCKER_TAGS: 'a, b,',
    };
    expect(read(environment)).to.deep.equal({
      greeting: 'Hello',
      open: false,
      rows: 3,
      ratio: 0.5,
      size: 'large',
      url: 'https://club.example',
      tags: ['a', 'b'],
    });
  });

  it('leave the configuration alone where they are not set, or set to nothing', () => {
    const given = { greeting: 'Hi', doors: [{ id: '1', key: 'k' }] };
    expect(read({ PALESTRA_LOCKER_GREETING: '' }, given)).to.equal(given);
    expect(read({})).to.equal(undefined);
  });

  it('win over the configuration, member by member', () => {
    const environment = { PALESTRA_LOCKER_DOOR_KEY: 'new', PALESTRA_LOCKER_OPEN: 'on' };
    expect(read(environment, { greeting: 'Hi', doors: [{ id: '1', key: 'old' }] })).to.deep.equal({
      greeting: 'Hi',
      open: true,
      doors: [{ id: '1', key: 'new' }],
    });
  });

  it('are ignored without the variable that they need', () => {
    expect(read({ PALESTRA_LOCKER_DOOR: '7' })).to.equal(undefined);
    const key = write('key', 'in a file\r\n');
    expect(read({ PALESTRA_LOCKER_DOOR: '7', PALESTRA_LOCKER_DOOR_KEY_FILE: key })).to.deep.equal({
      doors: [{ id: '7', key: 'in a file' }],
    });
  });

  it('take a secret from a file, and say what is wrong with one', () => {
    const secretFrom = (file: string, value = '') =>
      read({ PALESTRA_LOCKER_SECRET_FILE: file, PALESTRA_LOCKER_SECRET: value });
    expect(secretFrom(write('secret', 'two words \n'))).to.deep.equal({ secret: 'two words ' });
    expect(() => secretFrom(write('secret', 'x'), 'y')).to.throw(
      'Both PALESTRA_LOCKER_SECRET and PALESTRA_LOCKER_SECRET_FILE are set.',
    );
    expect(() => secretFrom(write('empty', '\n'))).to.throw(/^PALESTRA_LOCKER_SECRET_FILE names .*, which is empty\.$/);
    expect(() => secretFrom(join(folder, 'none'))).to.throw(/^PALESTRA_LOCKER_SECRET_FILE names .*, which cannot be/);
    // No secret, so no file.
    expect(read({ PALESTRA_LOCKER_GREETING_FILE: join(folder, 'none') })).to.equal(undefined);
  });

  const wrong: readonly (readonly [name: string, value: string, says: string])[] = [
    ['PALESTRA_LOCKER_OPEN', 'yes', 'PALESTRA_LOCKER_OPEN must be on or off, not "yes".'],
    ['PALESTRA_LOCKER_ROWS', '10', 'PALESTRA_LOCKER_ROWS must be a whole number from 1 to 9, not "10".'],
    ['PALESTRA_LOCKER_ROWS', '1.5', 'PALESTRA_LOCKER_ROWS must be a whole number from 1 to 9, not "1.5".'],
    ['PALESTRA_LOCKER_RATIO', 'half', 'PALESTRA_LOCKER_RATIO must be a number, not "half".'],
    ['PALESTRA_LOCKER_SIZE', 'huge', 'PALESTRA_LOCKER_SIZE must be small or large, not "huge".'],
    ['PALESTRA_LOCKER_URL', 'club', 'PALESTRA_LOCKER_URL must be a URL such as https://club.example/backend'],
  ];
  for (const [name, value, says] of wrong) {
    it(`refuse ${name}=${value} with what it takes`, () => {
      expect(() => read({ [name]: value })).to.throw(says);
    });
  }

  it('show what they are for, from the schema', () => {
    const [greeting, secret] = variablesOf(locker);
    expect(greeting).to.include({ plugin: 'locker', description: 'Shown at the door.', unset: 'Welcome' });
    expect(secret).to.include({ secret: true });
  });

  it('must set what the plugin has', () => {
    const setting = (pointer: string): AnyPlugin => ({
      ...locker,
      environment: [{ name: 'PALESTRA_X', setting: pointer }],
    });
    expect(() => variablesOf(setting('/color'))).to.throw(
      'Plugin locker lets PALESTRA_X set /color, which its configuration does not have.',
    );
    expect(() => variablesOf(setting('/doors'))).to.throw('set /doors, which no text can be.');
  });
});

describe('a host whose plugins read the environment', () => {
  const host = (environment: Record<string, string>, plugin: AnyPlugin = locker) =>
    createPalestra({ plugins: [plugin], environment, dataDir: 'never-opened' });

  it('names plugin, setting and variable of what the schema refuses, without the value', () => {
    const refusal = () => host({ PALESTRA_LOCKER_GREETING: 'much too long a greeting' });
    expect(refusal).to.throw(
      'The configuration of plugin locker is not valid: greeting must NOT have more than 10 characters. ' +
        'The variable PALESTRA_LOCKER_GREETING sets it.',
    );
    expect(refusal).not.to.throw('much too long');
    expect(() => host({ PALESTRA_LOCKER_DOOR_KEY: 'k' })).to.throw(
      'doors[0].id is required. The variable PALESTRA_LOCKER_DOOR sets it.',
    );
  });

  it('asks the plugin about what no schema says, and knows where clients reach it', () => {
    const configured: unknown[] = [];
    const configure: AnyPlugin['configure'] = (config, { publicUrl }) => {
      configured.push(publicUrl);
      if ((config as { secret?: string }).secret === 'weak') throw new SettingError('/secret', 'is too easy to guess');
      return config;
    };
    const picky: AnyPlugin = { ...locker, configure };
    expect(() => host({ PALESTRA_LOCKER_SECRET: 'weak' }, picky)).to.throw(
      'The configuration of plugin locker is not valid: secret is too easy to guess. ' +
        'The variable PALESTRA_LOCKER_SECRET sets it.',
    );
    createPalestra({ plugins: [picky], publicUrl: 'https://club.example/', dataDir: 'never-opened' });
    expect(configured).to.deep.equal([undefined, 'https://club.example']);
  });

  it('reads no variable that the app did not hand over', () => {
    process.env.PALESTRA_LOCKER_OPEN = 'neither';
    try {
      createPalestra({ plugins: [locker], dataDir: 'never-opened' });
    } finally {
      delete process.env.PALESTRA_LOCKER_OPEN;
    }
  });

  it('lists the variables of its own parts and of the plugins', () => {
    const names = host({})
      .variables()
      .map(({ name }) => name);
    expect(names).to.include.members(['PALESTRA_WECHAT_APP_SECRET', 'PALESTRA_LOCKER_SECRET']);
  });
});

describe('the nearest name', () => {
  it('is the one with the fewest letters changed, if it is like the one given', () => {
    const known = ['PALESTRA_CORS_ORIGINS', 'PALESTRA_METRICS', 'PORT'];
    expect(nearest('PALESTRA_CORS_ORIGIN', known)).to.equal('PALESTRA_CORS_ORIGINS');
    expect(nearest('palestra_metric', known)).to.equal('PALESTRA_METRICS');
    expect(nearest('PART', known)).to.equal('PORT');
    expect(nearest('PALESTRA_SOMETHING_ELSE', known)).to.equal(undefined);
    expect(nearest('anything', [])).to.equal(undefined);
    expect(didYouMean('POTR', known)).to.equal(' Did you mean PORT?');
    expect(didYouMean('NAME', known)).to.equal('');
  });
});
