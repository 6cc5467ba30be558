/** Formats of the contract that JSON Schema does not know, or that its libraries read less strictly than we store. */

/** ISO 4217 codes, as the runtime's CLDR lists them. */
export const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const instant =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * RFC 3339 `date-time` of a day that there is. Not a leap second (`:60`), which no clock of ours can show, and not a
 * space for the `T`, which section 5.6 leaves to applications.
 */
export function isInstant(text: string): boolean {
  const [, year, month, day] = instant.exec(text) ?? [];
  return year !== undefined && isDay(Number(year), Number(month), Number(day));
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
