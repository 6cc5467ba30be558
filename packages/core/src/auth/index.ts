/** The credential schemes whole, each from its header to a verified caller, and all they stand on. Needs Node. */
export { createAdminScheme } from './admin.js';
export { type BasicSchemeOptions, createBasicScheme } from './basic.js';
export { type BearerScheme, createBearerScheme } from './bearer.js';
export {
  authorizationAmbiguous,
  bearerChallenge,
  credentialsInvalid,
  credentialsMissing,
  sealInvalid,
  tokenExpired,
  tokenInvalid,
  tokenIssuedAt,
  tokenIssuer,
  tokenMissing,
  userChallenge,
} from './failures.js';
export { generateRsaKey, generateSecret, generateTokenKey, sealingKeyOf, secretKeyOf, tokenKeyOf } from './keys.js';
export { type LegacyHash, parseLegacyHash } from './legacy-hashes.js';
export { type Name, parseName } from './names.js';
export { type LoginGuard, type LoginOutcome, logIn, type PasswordLoginOptions } from './password-login.js';
export { assertAcceptable, createPasswords, type PasswordOptions, type Passwords } from './passwords.js';
export {
  createRefreshTokens,
  type RefreshToken,
  type RefreshTokenOptions,
  type RefreshTokens,
} from './refresh-tokens.js';
export { type Authorization, type NamedCredential, readAuthorization, type Scheme, verifyBy } from './scheme.js';
export { createSealing, type Sealing, type SealingOptions } from './sealing.js';
export { Semaphore, type SemaphoreOptions } from './semaphore.js';
export {
  type AccountStore,
  type KeyRing,
  type PublicJwk,
  type RefreshTokenRow,
  type RefreshTokenStore,
  type ReplayStore,
  type SealingKey,
  type SecretKey,
  type StoredAccount,
  type TokenAlgorithm,
  type TokenKey,
  tokenAlgorithms,
} from './stores.js';
export {
  createTokens,
  type IssuedToken,
  type MachineToken,
  type Subject,
  type TokenOptions,
  type Tokens,
  type VerifiedToken,
} from './tokens.js';
export { createUserScheme, type UserSchemeOptions } from './user.js';
export {
  exchangeWechatCode,
  type WechatApp,
  type WechatIdentity,
  type WechatKind,
  type WechatOptions,
} from './wechat.js';
