/** A plugin survives a configuration that is wrong: refused at boot, naming the plugin, and no secret told. */
import { isJsonObject } from '@palestra/core';
import { explain } from './explain.js';
import type { Subject, Verdict } from './types.js';

/** In the place of secrets: it must not come back. */
const canary = 'canary-3f9a7c51';

interface Mistake {
  readonly what: string;
  readonly config: unknown;
}

export function survivesBadConfiguration(subject: Subject): Verdict {
  return mistakesFor(subject).flatMap(({ what, config }) => {
    const message = refusalOf(subject, config);
    if (message === undefined) return [`${what} is accepted.`];
    if (!message.includes(subject.plugin.name)) return [`${what} is refused without naming the plugin: ${message}`];
    return message.includes(canary) ? [`${what} is refused by telling its value.`] : [];
  });
}

function refusalOf(subject: Subject, config: unknown): string | undefined {
  try {
    subject.compose(config);
    return undefined;
  } catch (error) {
    return explain(error);
  }
}

function mistakesFor({ plugin, config }: Subject): Mistake[] {
  const settings = isJsonObject(config) ? config : {};
  const unknown = { what: 'A setting that is not known', config: { ...settings, no_such_setting: canary } };
  if (!plugin.config) return [unknown];
  const wholes = [[], canary].map((whole) => ({
    what: `${JSON.stringify(whole)} instead of settings`,
    config: whole,
  }));
  const values = Object.keys(plugin.config.properties ?? {}).map((name) => ({
    what: `A value of no sensible kind for ${name}`,
    config: { ...settings, [name]: [{ [canary]: [canary] }] },
  }));
  return [unknown, ...wholes, ...values];
}
