/** `npm run authorization`: writes `docs/authorization.md`; the tests say when it is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApiDocument } from '@palestra/core';
import { parse } from 'yaml';
import { authorizationPage } from './authorization-table.js';
import { repository } from './workspace.js';

const document = parse(readFileSync(join(repository, 'openapi.yaml'), 'utf8')) as OpenApiDocument;
writeFileSync(join(repository, 'docs/authorization.md'), authorizationPage(document));
