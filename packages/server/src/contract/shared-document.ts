/** Hosts of one process that have the same plugins share one document, and with it the validators compiled of it. */
import type { ContractFragment, OpenApiDocument } from '@palestra/core';
import { base } from './base.generated.js';
import { composeDocument, type Part } from './compose.js';
import { publishedDocument } from './published.js';

/** A document for each sequence of fragments, forgotten with any of them: plugins are constants, those of a test are not. */
interface Composed {
  document?: OpenApiDocument;
  readonly longer: WeakMap<ContractFragment, Composed>;
}

const composed: Composed = { longer: new WeakMap() };

/** The document of a host with these plugins. It is shared: read it only. @throws Error as `composeDocument` does */
export function documentOf(parts: readonly Part[]): OpenApiDocument {
  let known = composed;
  for (const { contract } of parts.filter(addsSomething)) {
    const longer = known.longer.get(contract) ?? { longer: new WeakMap() };
    known.longer.set(contract, longer);
    known = longer;
  }
  known.document ??= composeDocument(base, parts);
  return known.document;
}

function addsSomething({ contract: { paths, components, tags } }: Part): boolean {
  return Object.keys(paths).length > 0 || components !== undefined || tags !== undefined;
}

const published = new WeakMap<OpenApiDocument, OpenApiDocument>();

/** The same for readers, made when it is first asked for. */
export function publishedOf(document: OpenApiDocument): OpenApiDocument {
  const found = published.get(document) ?? publishedDocument(document);
  published.set(document, found);
  return found;
}
