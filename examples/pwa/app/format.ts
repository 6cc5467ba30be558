/** Values as people read them, in the language of the app. */
import { locale, say } from './words.js';

export function price({ amount, currency }: { readonly amount: number; readonly currency: string }): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(amount / 10 ** fractionDigits(currency));
}

/** Decimal places of the currency: 2 for EUR, 0 for JPY. */
export function fractionDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

export function distance(metres: number): string {
  const [value, unit] = metres < 950 ? [Math.round(metres / 50) * 50, 'meter'] : [metres / 1000, 'kilometer'];
  const maximumFractionDigits = metres < 9_950 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits }).format(value);
}

export function date(instant: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(instant));
}

export function moment(instant: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}

/** −1 is unlimited, on the wire. */
export function visits(count: number): string {
  if (count < 0) return say('Unlimited visits');
  return count === 1 ? say('1 visit') : say('{count} visits', { count });
}

const units = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** In the largest unit that it is a whole number of. */
export function duration(seconds: number): string {
  const [unit, length] = units.find(([, length]) => seconds % length === 0) ?? ['minute', 60];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.ceil(seconds / length),
  );
}
