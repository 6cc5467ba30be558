/** One line of a file that somebody wrote to be imported: a JSON object. */
import { isJsonObject, JsonError, parseJson } from '@palestra/core';

/** A line has as many members as it needs: the file is the operator's own. */
const limits = { depth: 16, keys: Number.POSITIVE_INFINITY };

/** The object, or what is wrong with the line. @param text undefined for one that is not UTF-8 */
export function parseJsonLine(text: string | undefined): Record<string, unknown> | string {
  if (text === undefined) return 'is not UTF-8';
  try {
    const value = parseJson(text, limits);
    return isJsonObject(value) ? { ...value } : 'is not an object';
  } catch (error) {
    if (error instanceof JsonError) return error.message.replace(/^The body /, '');
    throw error;
  }
}
