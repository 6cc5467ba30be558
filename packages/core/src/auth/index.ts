/** The credential schemes, each from its header to a verified caller, and what they are built from. Needs Node. */

export { type AccountName, parseAccountName } from './account-name.js';
export { createAdminScheme } from './admin.js';
export { createBasicScheme } from './basic.js';
export { type BearerScheme, createBearerScheme } from './bearer.js';
export {
  authorizationAmbiguous,
  credentialsInvalid,
  sealInvalid,
  tokenExpired,
  tokenInvalid,
  tokenIssuedAt,
  tokenIssuer,
  tokenMissing,
  userChallenge,
} from './failures.js';
export {
  generateRsaKey,
  generateSecret,
  generateTokenKey,
  sealingKeyOf,
  secretKeyOf,
  tokenKeyOf,
} from './key-material.js';
export {
  type KeyRing,
  type SealingKey,
  type SecretKey,
  type TokenAlgorithm,
  type TokenKey,
  tokenAlgorithms,
} from './keys.js';
export { type LegacyHash, parseLegacyHash } from './legacy-hashes.js';
export { loadLibraries } from './libraries.js';
export { nameProblem } from './name-rules.js';
export type { PasswordCost } from './password-hashes.js';
export {
  createPasswordCheck,
  createPasswordLogin,
  type LoginCall,
  type PasswordCheck,
  type PasswordLogin,
} from './password-login.js';
export { assertAcceptable, createPasswords, type Passwords } from './passwords.js';
export { createRefreshTokens, type RefreshToken, type RefreshTokens } from './refresh-tokens.js';
export { type NamedCredential, readAuthorization, type Scheme, verifyBy } from './scheme.js';
export { createSealing, type Sealing, type SealingOptions } from './sealing.js';
export type {
  AccountStore,
  RefreshTokenRow,
  RefreshTokenStore,
  ReplayStore,
  SessionOrigin,
  StoredAccount,
} from './stores.js';
export { createTokens, type Subject, type Tokens, type VerifiedToken } from './tokens.js';
export { createUserScheme } from './user.js';
export { exchangeWechatCode, type WechatApp, type WechatIdentity } from './wechat.js';
