/** The import of an older system's data as a part of the host: collections are said by the plugins that own them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Importer } from '@palestra/core';
import { type Validator, validatorsOf } from '../contract/validate.js';
import type { HostPart, HostScope } from '../plugin/host-part.js';
import { version } from '../version.generated.js';
import { createLegacyIds } from './legacy-ids.js';
import { migrations } from './migrations.js';
import { createRun, type RunParts } from './run.js';
import { type TableOf, tablesByName } from './table-names.js';
import { type CollectionReport, type ImportRequest, type ImportService, importService } from './types.js';

export { type DataImportReport, type ImportRequest, importService } from './types.js';

interface ImportTypes {
  operations: object;
  service: ImportService;
}

export const dataImport: HostPart<ImportTypes> = {
  name: 'import',
  version,
  host: '^1.0.0',
  contract: { paths: {} },
  provides: importService,
  migrations,
  restore: [{ table: 'forgotten_legacy_id', keep: 'rows' }],
  setup: (scope) => ({ handlers: {}, service: createImportService(scope) }),
};

function createImportService({ database, audit, host: { clock, internals } }: HostScope<ImportTypes>): ImportService {
  const ordered = () => inOrder(internals.importers);
  const legacyIds = createLegacyIds(database);
  // When the first is asked for, every plugin has named its collections.
  let tableOf: TableOf | undefined;

  function partsOf(importers: readonly Importer[]): RunParts {
    const validators = validatorsOf(internals.document);
    const compiled = new Map(importers.map((each): [Importer, Validator] => [each, validators.schema(each.schema)]));
    return {
      database,
      legacyIds,
      audit,
      clock,
      validatorOf: (importer) => compiled.get(importer) ?? validators.schema(importer.schema),
      collectionOf: (name) => importers.find(({ table }) => table === name)?.collection ?? name,
    };
  }

  return {
    rowOf(legacyId, name) {
      tableOf ??= tablesByName(internals.importers);
      return legacyIds.find(legacyId, name === undefined ? undefined : tableOf(name));
    },
    collections: () => ordered().map(({ collection }) => collection),
    async run(request) {
      const importers = ordered();
      const files = await filesOf(request, importers);
      const run = createRun(partsOf(importers), request);
      const collections: CollectionReport[] = [];
      for (const importer of importers) {
        const file = files.get(importer.collection);
        if (file === undefined) continue;
        collections.push(await run.import({ importer, path: join(request.folder, file), file }));
      }
      return { collections, faults: run.faults };
    },
  };
}

/** By collection. @throws Error for a folder without a file of a collection, or with one of none */
async function filesOf({ folder }: ImportRequest, importers: readonly Importer[]): Promise<Map<string, string>> {
  const known = importers.map(({ collection }) => `${collection}.jsonl`);
  const found = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const stray = found.find((name) => !known.includes(name));
  if (stray !== undefined) throw new Error(`${stray} is of no collection. There are ${known.join(', ')}.`);
  if (found.length === 0) throw new Error(`${folder} has no file of a collection. There are ${known.join(', ')}.`);
  return new Map(found.map((name) => [name.slice(0, -'.jsonl'.length), name]));
}

/** Each behind those that it refers to. @throws Error for collections that refer to each other */
function inOrder(importers: readonly Importer[]): Importer[] {
  const done: Importer[] = [];
  const waits = (importer: Importer, left: readonly Importer[]) =>
    left.some(({ table }) => table !== importer.table && Object.values(importer.references).includes(table));
  for (let left = [...importers]; left.length > 0; ) {
    const next = left.find((importer) => !waits(importer, left));
    if (!next)
      throw new Error(`These collections refer to each other: ${left.map((each) => each.collection).join(', ')}.`);
    done.push(next);
    left = left.filter((importer) => importer !== next);
  }
  return done;
}
