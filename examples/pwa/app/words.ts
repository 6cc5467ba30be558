/** Texts in the language of the reader. The English text is the key, so that a screen reads as what it shows. */
import { german } from './german.js';
import { recall, remember } from './memory.js';

export type Text = keyof typeof german;

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const key = 'language';

export const language: Language = chosen() ?? preferred();

/** For dates, prices and distances: with the region that the browser is set to. */
export const locale: string = navigator.languages.find((tag) => isIn(tag, language)) ?? language;

/** `{name}` is replaced by the value of that name. */
export function say(text: Text, values: Readonly<Record<string, string | number>> = {}): string {
  return sentence(text).replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/** A sentence of the server, which speaks English; as it is where there is no translation. */
export function sentence(text: string): string {
  const table: Readonly<Record<string, string>> = german;
  return language === 'de' && Object.hasOwn(table, text) ? (table[text] ?? text) : text;
}

export function chooseLanguage(wanted: Language): void {
  remember(key, wanted);
  location.reload();
}

function chosen(): Language | undefined {
  const remembered = recall<string>(key);
  return remembered !== undefined && isLanguage(remembered) ? remembered : undefined;
}

function preferred(): Language {
  return navigator.languages.map((tag) => tag.split('-')[0] ?? '').find(isLanguage) ?? 'en';
}

function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(languages, tag);
}

function isIn(tag: string, wanted: Language): boolean {
  return tag === wanted || tag.startsWith(`${wanted}-`);
}
