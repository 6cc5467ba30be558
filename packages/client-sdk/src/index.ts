/** Typed client for every Palestra endpoint. Begin with `createClient({ baseUrl })`. */
export type { Answer, Call, Caller, CallOptions, Middleware } from './call.js';
export {
  type BuiltInOperations,
  type Client,
  createClient,
  createLeanClient,
  type LeanClient,
} from './create-client.js';
export { type AesGcmInput, type CryptoProvider, webCrypto } from './crypto.js';
export {
  ClientError,
  type ErrorCode,
  type ErrorFacts,
  type ErrorKind,
  isClientError,
  type LocalCode,
  type ServerCode,
} from './errors.js';
export type { List, Range } from './list.js';
export type { Arguments, Operation, RequestFor, ResultFor } from './operation.js';
export type { ClientOptions } from './options.js';
export type { AnyClientPlugin, ApisOf, ClientPlugin, OperationsOf, OperationTable, PartScope } from './plugin.js';
export {
  type AdminApi,
  type AdminUser,
  type AuditEntry,
  type AuditRange,
  admin,
  type Backup,
  type PrivilegeGrant,
} from './resources/admin.js';
export { type AuthApi, auth, type Credentials, type Registration, type WechatCredentials } from './resources/auth.js';
export { type ClubApi, type ClubLogin, type ClubRegistration, type ClubUser, club } from './resources/club.js';
export {
  type Collection,
  type CollectionOperations,
  type CollectionTypes,
  collection,
} from './resources/collection.js';
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
} from './resources/collections.js';
export {
  type Discovery,
  type DiscoveryApi,
  discovery,
  type PublicGym,
  type PublicMerchandise,
} from './resources/discovery.js';
export { type Gym, type GymApi, type GymChange, type GymData, gym } from './resources/gym.js';
export { type JwkSet, type KeysApi, keys, type ServerKey } from './resources/keys.js';
export {
  type Merchandise,
  type MerchandiseApi,
  type MerchandiseChange,
  type MerchandiseData,
  merchandise,
} from './resources/merchandise.js';
export { type PasswordChange, type ProfileApi, profile, type User, type UserChange } from './resources/profile.js';
export {
  type Criteria,
  type ListOptions,
  type Readable,
  type ReadableOperations,
  type Resource,
  type ResourceOperations,
  type ResourceTypes,
  readable,
  resource,
} from './resources/resource.js';
export {
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
  transaction,
  type VisitByQr,
  type VisitByRecord,
} from './resources/transaction.js';
export type { RetryPolicy } from './retry.js';
export type { Clock, Signal } from './runtime.js';
export type { Session, SessionEvent, SessionListener, TokenAnswer } from './session.js';
export { type KeyValueStorage, memoryTokens, storageTokens, type TokenStore, type Tokens } from './tokens.js';
export {
  type MiniProgramRequest,
  miniProgram,
  type Transport,
  type TransportInit,
  type TransportResponse,
} from './transport.js';
