/** What server, plugins and clients share; nothing here needs Node (that is `@palestra/core/auth`). */

export {
  type Credential,
  formatAuthorization,
  formatChallenge,
  formatUserPass,
  parseAuthorization,
  parseUserPass,
  schemes,
} from './authorization-header.js';
export type { Clock } from './clock.js';
export type { DemoHost, DemoPerson, DemoRequest } from './contract/demo.js';
export {
  type ContractFragment,
  type Family,
  familyOf,
  type HttpMethod,
  httpMethods,
  type OpenApiDocument,
  type OperationObject,
  type ParameterObject,
  type PathItemObject,
  type RequestBodyObject,
  type ResponseObject,
  type Schema,
} from './contract/document.js';
export {
  type DomainEvent,
  type EventHandler,
  type EventRef,
  eventRef,
  on,
  type Subscription,
} from './contract/event.js';
export type { Importer, ImportLine, ImportRows, WriteLine } from './contract/import.js';
export type { AddedColumn, Column, ForeignKey, Index, Migration, TableDefinition } from './contract/migration.js';
export {
  type Call,
  Encoded,
  type Handler,
  type Handlers,
  type IdempotentCall,
  isEncoded,
  isReply,
  isStreamed,
  type ListChunk,
  type OperationTypes,
  type Reply,
  type ResultOf,
  reply,
  type Streamed,
  streamed,
} from './contract/operation.js';
export {
  type ConfigOf,
  type EnvironmentVariable,
  type HostFacts,
  hostVersion,
  type NeedsOf,
  type Plugin,
  type PluginData,
  type PluginParts,
  type PluginTypes,
  type RateLimit,
  type RowRemover,
  SettingError,
} from './contract/plugin.js';
export { type Need, need, type ServiceRef, serviceRef, want } from './contract/service-ref.js';
export type { Unit } from './contract/unit.js';
export { displayName, type Named } from './display-name.js';
export {
  type Envelope,
  type Failure,
  failure,
  isEnvelope,
  type RequestEnvelope,
  successPrefix,
  successSuffix,
} from './envelope.js';
export {
  type CatalogueCode,
  catalogue,
  duplicateResourceCreation,
  type ErrorFact,
  type FaultyPart,
  invalidOperation,
  invalidRequest,
  invalidResourceCreation,
  invalidResourceParameter,
  isPalestraError,
  PalestraError,
  permissionDenied,
  requiredForRequest,
  resourceNotFound,
  unavailable,
} from './errors.js';
export { fold } from './fold.js';
export { formatId, parseId } from './id.js';
export {
  canonicalJson,
  isJsonObject,
  JsonError,
  type JsonLimits,
  jsonLimitsOf,
  parseJson,
  parseJsonOrUndefined,
} from './json.js';
export { bodyPointer, headerPointer, pathPointer, queryPointer } from './pointers.js';
export {
  type AccountPrincipal,
  accountIdOf,
  guest,
  type Principal,
} from './principal.js';
export {
  includes,
  isMachineScope,
  isPrivilege,
  isRole,
  ladder,
  levelOf,
  type MachineScope,
  machineScopes,
  mayGrant,
  type Privilege,
  type Role,
  rankOf,
} from './privilege.js';
export { isProblem, type Problem, problemCode, problemMediaType, problemOf, problemTypePrefix } from './problem.js';
export { classifySealed, couldBeSealed, type ServerKey, sealAlgorithm } from './sealed-value.js';
export {
  type AccountsService,
  type AccountView,
  accountsService,
  type ClubService,
  type ClubTask,
  type ClubView,
  clubService,
  type GymService,
  type GymTask,
  type GymView,
  gymService,
  gymTasks,
  type IssuedMachineToken,
  type MachineTokens,
  type MerchandiseSale,
  type MerchandiseService,
  type MerchandiseTerms,
  type MerchandiseValidity,
  merchandiseService,
  type NearbyOptions,
  type RefundEventData,
  type Staff,
  type TransactionEventData,
  type TransactionEvents,
  transactionEvents,
  type VisitEventData,
} from './services.js';
