/**
 * The tests below TEST_FOLDER, for `npm run coverage`: all as ES modules and in this process. What is loaded as CommonJS
 * too, as mocha loads a test by itself, or out of a bundle, is another text under the same name: a report takes lines of
 * one for lines of the other, and half of a file seems not to run.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Inherited by processes that a test starts; this one has read it.
delete process.env.NODE_V8_COVERAGE;

const folder = process.env.TEST_FOLDER ?? '';
const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.test.ts'));
for (const file of files.sort()) await import(pathToFileURL(join(folder, file)).href);
