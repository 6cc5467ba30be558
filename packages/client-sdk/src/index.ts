/** Typed client for every Palestra endpoint. Start with `createClient({ baseUrl })`. */
export type { Answer, Call, CallOptions, RetryPolicy } from './call/call.js';
export type { Middleware } from './call/middleware.js';
export type { Arguments, Operation, RequestFor, ResultFor } from './contract/operation.js';
export {
  type BuiltInOperations,
  type Client,
  createClient,
  createLeanClient,
  type LeanClient,
} from './create-client.js';
export type { AesGcmInput, CryptoProvider } from './crypto/provider.js';
export {
  ClientError,
  type ErrorCode,
  type ErrorCodeOf,
  type ErrorFacts,
  type HttpCode,
  isClientError,
  isErrorOf,
} from './errors/client-error.js';
export type { ErrorKind } from './errors/kinds.js';
export type { LocalCode } from './errors/local-failures.js';
export type { ServerCode } from './generated/error-codes.js';
export type { ClientOptions, LeanClientOptions } from './options.js';
export {
  type AdminApi,
  type AdminUser,
  type AuditEntry,
  type AuditRange,
  admin,
  type Backup,
  type CollectionSize,
  type PrivilegeGrant,
  type RecoveryCode,
} from './resources/admin.js';
export { type AuthApi, auth, type Credentials, type Registration, type WechatCredentials } from './resources/auth.js';
export {
  type ClubApi,
  type ClubLogin,
  type ClubRegistration,
  type ClubUser,
  club,
  type FoundUser,
} from './resources/club.js';
export type {
  AddedGame,
  Cities,
  City,
  CityChange,
  CityData,
  Coach,
  CoachChange,
  CoachData,
  Coaches,
  CollectionsApi,
  Countries,
  Country,
  CountryChange,
  CountryData,
  Game,
  GameData,
  Games,
  League,
  LeagueChange,
  LeagueData,
  Leagues,
  Operator,
  OperatorChange,
  OperatorData,
  Operators,
} from './resources/club-data.js';
export {
  type Collection,
  type CollectionOperations,
  type CollectionTypes,
  collection,
} from './resources/collection.js';
export {
  type Discovery,
  type DiscoveryApi,
  discovery,
  type PublicGym,
  type PublicMerchandise,
} from './resources/discovery.js';
export { type Gym, type GymApi, type GymChange, type GymData, gym } from './resources/gym.js';
export { type JwkSet, type KeysApi, keys, type ServerKey } from './resources/keys.js';
export type { List, ListOptions, Range } from './resources/list.js';
export {
  type Merchandise,
  type MerchandiseApi,
  type MerchandiseChange,
  type MerchandiseData,
  merchandise,
} from './resources/merchandise.js';
export type {
  AnyClientPlugin,
  ApisOf,
  Caller,
  ClientPlugin,
  OperationsOf,
  OperationTable,
  PartScope,
} from './resources/plugin.js';
export {
  type AccountDeletion,
  type AccountSession,
  type PasswordChange,
  type PersonalExport,
  type ProfileApi,
  profile,
  type User,
  type UserChange,
} from './resources/profile.js';
export { type Recovery, type RecoveryApi, recovery } from './resources/recovery.js';
export {
  type Criteria,
  type ReadableOperations,
  type ReadableResource,
  type Resource,
  type ResourceOperations,
  type ResourceTypes,
  readable,
  resource,
} from './resources/resource.js';
export { type StaffApi, type StaffData, type StaffMember, staff, type Workplace } from './resources/staff.js';
export {
  type PlayedResult,
  type Result,
  type ResultRange,
  type ResultsTaken,
  type Stams,
  type StamsApi,
  type StamsConnection,
  type StamsDetail,
  type StamsRegistration,
  type StamsSelf,
  type StamsSelfApi,
  type StamsStatus,
  type StamsToken,
  type StatusTaken,
  type StoredResult,
  stams,
} from './resources/stams.js';
export type {
  Player,
  PlayersApi,
  Team,
  TeamChange,
  TeamData,
  Teams,
  TeamsApi,
  TeamWithPlayers,
} from './resources/teams.js';
export {
  type PerformedTransaction,
  type Refund,
  type TransactionApi,
  type TransactionOrder,
  type TransactionProof,
  type TransactionRecord,
  type TransactionRefund,
  transaction,
  type Visit,
  type VisitByQr,
  type VisitByRecord,
} from './resources/transaction.js';
export type { Clock } from './runtime/clock.js';
export type { Signal, Transport, TransportInit, TransportResponse } from './runtime/transport.js';
export { reliableTokens } from './session/reliable-tokens.js';
export type { Session, SessionEvent, SessionListener, TokenAnswer } from './session/session.js';
export { type KeyValueStorage, storageTokens } from './session/storage-tokens.js';
export { memoryTokens, type TokenChange, type TokenStore, type Tokens } from './session/tokens.js';
