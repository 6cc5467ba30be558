/** Generates TypeScript from contracts. Needs the optional peers `openapi-typescript` and `typescript`. */
export { composeDocument, type Part } from '../contract/compose.js';
export { type DescribedOperation, operationsOf } from '../contract/operations.js';
export { publishedDocument } from '../contract/published.js';
export { type ClientImports, clientOperations } from './client-operations.js';
export type { Side } from './contract-types.js';
export type { Examples, OperationExample } from './examples.js';
export {
  banner,
  clientFile,
  constant,
  contractFile,
  documentTypes,
  type Fragment,
  parseContract,
  readFragment,
  versionFile,
} from './fragment-files.js';
export { emptyMigrations, migrationsFile } from './migrations-file.js';
