/** Formats of the contract that JSON Schema does not know. */

/** ISO 4217 codes, as the runtime's CLDR lists them. */
export const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
