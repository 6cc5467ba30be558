#include "p256.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"

#define COORDINATE_BYTES 32
#define POINT_BYTES (1 + 2 * COORDINATE_BYTES)
/* AES key wrap adds one block of 64 bits (RFC 3394). */
#define WRAPPED_BYTES (P256_KEY_BYTES + 8)

static const char algorithm[] = "ECDH-ES+A256KW";

/* Exactly 32 bytes of base64url (RFC 7518 section 6.2.1.2). */
static bool read_number(const char *text, unsigned char number[COORDINATE_BYTES]) {
  size_t length = 0;
  unsigned char *bytes = text == NULL ? NULL : base64_decode(text, strlen(text), &length);
  bool fits = bytes != NULL && length == COORDINATE_BYTES;
  if (fits) memcpy(number, bytes, COORDINATE_BYTES);
  if (bytes != NULL) OPENSSL_cleanse(bytes, length);
  free(bytes);
  return fits;
}

static EVP_PKEY *pkey_from(OSSL_PARAM *parameters, int selection) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  if (context != NULL && EVP_PKEY_fromdata_init(context) > 0) {
    EVP_PKEY_fromdata(context, &pkey, selection, parameters);
  }
  EVP_PKEY_CTX_free(context);
  return pkey;
}

EVP_PKEY *p256_key_make(const char *x, const char *y, const char *d) {
  /* Uncompressed (SEC 1 section 2.3.3). */
  unsigned char point[POINT_BYTES] = {0x04};
  unsigned char secret[COORDINATE_BYTES] = {0};
  if (!read_number(x, point + 1) || !read_number(y, point + 1 + COORDINATE_BYTES)) return NULL;
  if (d != NULL && !read_number(d, secret)) return NULL;
  BIGNUM *number = d == NULL ? NULL : BN_bin2bn(secret, COORDINATE_BYTES, NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  bool built = builder != NULL &&
               OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) > 0 &&
               OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) > 0;
  if (d != NULL) {
    built = built && number != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) > 0;
  }
  OSSL_PARAM *parameters = built ? OSSL_PARAM_BLD_to_param(builder) : NULL;
  int selection = d == NULL ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  EVP_PKEY *pkey = parameters == NULL ? NULL : pkey_from(parameters, selection);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_clear_free(number);
  OPENSSL_cleanse(secret, sizeof secret);
  return pkey;
}

/* The x coordinate of the shared point. OpenSSL checks that the other point is on the curve. */
static bool agree(EVP_PKEY *own, EVP_PKEY *other, unsigned char secret[COORDINATE_BYTES]) {
  size_t length = COORDINATE_BYTES;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
  bool agreed = context != NULL && EVP_PKEY_derive_init(context) > 0 &&
                EVP_PKEY_derive_set_peer(context, other) > 0 && EVP_PKEY_derive(context, secret, &length) > 0 &&
                length == COORDINATE_BYTES;
  EVP_PKEY_CTX_free(context);
  return agreed;
}

static bool hash_number(EVP_MD_CTX *hash, uint32_t number) {
  unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16), (unsigned char)(number >> 8),
                           (unsigned char)number};
  return EVP_DigestUpdate(hash, bytes, sizeof bytes) > 0;
}

/* The Concat KDF (NIST SP 800-56A section 5.8.1): one round of SHA-256 gives all 256 bits; both parties have no name. */
static bool derive(const unsigned char secret[COORDINATE_BYTES], unsigned char key[P256_KEY_BYTES]) {
  EVP_MD_CTX *hash = EVP_MD_CTX_new();
  bool derived = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) > 0 && hash_number(hash, 1) &&
                 EVP_DigestUpdate(hash, secret, COORDINATE_BYTES) > 0 && hash_number(hash, sizeof algorithm - 1) &&
                 EVP_DigestUpdate(hash, algorithm, sizeof algorithm - 1) > 0 && hash_number(hash, 0) &&
                 hash_number(hash, 0) && hash_number(hash, 8 * P256_KEY_BYTES) &&
                 EVP_DigestFinal_ex(hash, key, NULL) > 0;
  EVP_MD_CTX_free(hash);
  return derived;
}

static bool unwrap(const unsigned char *wrapping, const unsigned char *wrapped, unsigned char key[P256_KEY_BYTES]) {
  unsigned char plain[WRAPPED_BYTES];
  int length = 0;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  if (context != NULL) EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  bool fits = context != NULL && EVP_DecryptInit_ex(context, EVP_aes_256_wrap(), NULL, wrapping, NULL) > 0 &&
              EVP_DecryptUpdate(context, plain, &length, wrapped, WRAPPED_BYTES) > 0 && length == P256_KEY_BYTES;
  if (fits) memcpy(key, plain, P256_KEY_BYTES);
  EVP_CIPHER_CTX_free(context);
  OPENSSL_cleanse(plain, sizeof plain);
  return fits;
}

static const char *text_of(const cJSON *object, const char *name) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text == NULL ? "" : text;
}

bool p256_unwrap(EVP_PKEY *own, const cJSON *epk, const unsigned char *wrapped, size_t length,
                 unsigned char key[P256_KEY_BYTES]) {
  if (length != WRAPPED_BYTES || strcmp(text_of(epk, "kty"), "EC") != 0 || strcmp(text_of(epk, "crv"), "P-256") != 0) {
    return false;
  }
  unsigned char secret[COORDINATE_BYTES], wrapping[P256_KEY_BYTES];
  EVP_PKEY *ephemeral = p256_key_make(text_of(epk, "x"), text_of(epk, "y"), NULL);
  bool opened = ephemeral != NULL && agree(own, ephemeral, secret) && derive(secret, wrapping) &&
                unwrap(wrapping, wrapped, key);
  EVP_PKEY_free(ephemeral);
  OPENSSL_cleanse(secret, sizeof secret);
  OPENSSL_cleanse(wrapping, sizeof wrapping);
  return opened;
}
