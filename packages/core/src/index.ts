/** What server, plugins and clients share; nothing here needs Node (that is `@palestra/core/auth`). */
export {
  type Credential,
  formatAuthorization,
  formatChallenge,
  formatUserPass,
  parseAuthorization,
  parseUserPass,
  schemes,
} from './authorization.js';
export {
  type ContractFragment,
  type Family,
  familyOf,
  type HttpMethod,
  httpMethods,
  type MediaTypeObject,
  type OpenApiDocument,
  type OperationObject,
  type ParameterObject,
  type PathItemObject,
  type RequestBodyObject,
  type ResponseObject,
  type Schema,
} from './contract/document.js';
export type { Column, ForeignKey, Index, Migration, TableDefinition } from './contract/migration.js';
export {
  type Call,
  type Handler,
  type Handlers,
  isReply,
  isStreamed,
  type OperationTypes,
  type Reply,
  type RequestOf,
  type ResultOf,
  reply,
  type Streamed,
  streamed,
} from './contract/operation.js';
export {
  type ConfigOf,
  hostVersion,
  type Need,
  type NeedsOf,
  need,
  type Plugin,
  type PluginParts,
  type PluginTypes,
  type ServiceOf,
  type ServiceRef,
  serviceRef,
  want,
} from './contract/plugin.js';
export {
  type Envelope,
  type Failure,
  failure,
  isEnvelope,
  type OperationName,
  operationNames,
  type RequestEnvelope,
  type Success,
  successPrefix,
  successSuffix,
} from './envelope.js';
export {
  catalogue,
  duplicateResourceCreation,
  type ErrorFact,
  type ErrorOptions,
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
export { JsonError, type JsonLimits, jsonLimits, parseJson } from './json.js';
export {
  type AccountPrincipal,
  accountIdOf,
  type Guest,
  guest,
  type MachinePrincipal,
  type Principal,
  privilegeOf,
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
export { isProblem, type Problem, problemMediaType, problemOf, problemTypePrefix } from './problem.js';
export { classifySealed, maxSealedLength, type SealedValue, type ServerKey, sealAlgorithm } from './sealed.js';
export {
  type AccountsService,
  type AccountView,
  accountsService,
  type GymDistance,
  type GymService,
  type GymView,
  gymService,
  type IssuedMachineToken,
  type MachineTokens,
  type NearbyOptions,
  type UnitRef,
} from './services.js';
