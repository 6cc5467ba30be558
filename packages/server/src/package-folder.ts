/** Where the files of this package are that are not code, such as `assets/`: the build moves code to other depths of `dist`. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export const packageFolder = (): URL =>
  new URL('.', pathToFileURL(createRequire(import.meta.url).resolve('#package.json')));
