#include "seal.h"

#include <cjson/cJSON.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "p256.h"

#define MOST_CHARACTERS 8192
#define TAG_BYTES 16
#define IV_BYTES 12
#define KEY_BYTES 32

struct sealing_key {
  EVP_PKEY *pkey;
};

static BIGNUM *number_of(const char *base64url) {
  size_t length;
  unsigned char *bytes = base64_decode(base64url, strlen(base64url), &length);
  BIGNUM *number = bytes == NULL ? NULL : BN_bin2bn(bytes, (int)length, NULL);
  free(bytes);
  return number;
}

static EVP_PKEY *pkey_from(OSSL_PARAM *parameters) {
  EVP_PKEY *pkey = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  if (context != NULL && EVP_PKEY_fromdata_init(context) > 0) {
    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, parameters);
  }
  EVP_PKEY_CTX_free(context);
  return pkey;
}

struct sealing_key *sealing_key_make(const char *n, const char *e, const char *d) {
  BIGNUM *numbers[] = {number_of(n), number_of(e), number_of(d)};
  const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D};
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  for (size_t at = 0; builder != NULL && at < 3; at++) OSSL_PARAM_BLD_push_BN(builder, names[at], numbers[at]);
  OSSL_PARAM *parameters = builder == NULL ? NULL : OSSL_PARAM_BLD_to_param(builder);
  struct sealing_key *key = malloc(sizeof *key);
  if (key != NULL) key->pkey = parameters == NULL ? NULL : pkey_from(parameters);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  for (size_t at = 0; at < 3; at++) BN_clear_free(numbers[at]);
  if (key == NULL || key->pkey != NULL) return key;
  free(key);
  return NULL;
}

struct sealing_key *sealing_key_make_p256(const char *x, const char *y, const char *d) {
  struct sealing_key *key = malloc(sizeof *key);
  if (key == NULL) return NULL;
  key->pkey = d == NULL ? NULL : p256_key_make(x, y, d);
  if (key->pkey != NULL) return key;
  free(key);
  return NULL;
}

void sealing_key_free(struct sealing_key *key) {
  if (key != NULL) EVP_PKEY_free(key->pkey);
  free(key);
}

/* RSA-OAEP, SHA-256 for both the hash and MGF1, empty label: one block. To be freed. */
static unsigned char *open_block(const unsigned char *block, size_t size, EVP_PKEY *pkey, size_t *length) {
  /* Without this OpenSSL pads a short block with zeros in front. */
  if (size != (size_t)EVP_PKEY_get_size(pkey)) return NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  unsigned char *plain = malloc(size + 1);
  *length = size;
  bool opened = context != NULL && plain != NULL && EVP_PKEY_decrypt_init(context) > 0 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0 &&
                EVP_PKEY_decrypt(context, plain, length, block, size) > 0;
  EVP_PKEY_CTX_free(context);
  if (opened) return plain;
  free(plain);
  return NULL;
}

struct part {
  const char *text;
  size_t length;
};

/* The five parts of a compact JWE; false for another number of them. */
static bool split(const char *value, struct part parts[5]) {
  for (size_t at = 0; at < 5; at++) {
    parts[at].text = value;
    parts[at].length = strcspn(value, ".");
    value += parts[at].length;
    if (at < 4 && *value++ != '.') return false;
  }
  return *value == '\0';
}

struct wrapped {
  const unsigned char *bytes;
  size_t length;
};

static bool is_text(const cJSON *header, const char *name, const char *wanted) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(header, name));
  return text != NULL && strcmp(text, wanted) == 0;
}

static bool is_p256(EVP_PKEY *pkey) { return EVP_PKEY_is_a(pkey, "EC"); }

/* To be deleted. Exactly what this server seals with: no other algorithm, no member that changes how a value opens. */
static cJSON *read_header(struct part part, const char *kid, EVP_PKEY *pkey) {
  size_t length;
  unsigned char *text = base64_decode(part.text, part.length, &length);
  cJSON *header = text == NULL ? NULL : cJSON_ParseWithLength((const char *)text, length);
  /* Three members, and for P-256 the ephemeral key. */
  bool fits = is_text(header, "alg", is_p256(pkey) ? "ECDH-ES+A256KW" : "RSA-OAEP-256") &&
              is_text(header, "enc", "A256GCM") && is_text(header, "kid", kid) &&
              cJSON_GetArraySize(header) == (is_p256(pkey) ? 4 : 3);
  free(text);
  if (fits) return header;
  cJSON_Delete(header);
  return NULL;
}

/* The content key, to be freed. */
static unsigned char *unwrap_key(const cJSON *header, EVP_PKEY *pkey, struct wrapped wrapped) {
  size_t length;
  if (!is_p256(pkey)) {
    unsigned char *block = open_block(wrapped.bytes, wrapped.length, pkey, &length);
    if (block == NULL || length == KEY_BYTES) return block;
    free(block);
    return NULL;
  }
  unsigned char *key = malloc(KEY_BYTES);
  const cJSON *epk = cJSON_GetObjectItemCaseSensitive(header, "epk");
  if (key != NULL && p256_unwrap(pkey, epk, wrapped.bytes, wrapped.length, key)) return key;
  free(key);
  return NULL;
}

struct content {
  const unsigned char *key;
  const unsigned char *iv;
  const unsigned char *bytes;
  size_t length;
  unsigned char *tag;
};

/* Writes `content.length` bytes to `plain`; false if the tag does not fit them and the header. */
static bool decrypt(struct content content, struct part header, unsigned char *plain) {
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  int length;
  bool opened = context != NULL && EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, content.key, content.iv) > 0 &&
                EVP_DecryptUpdate(context, NULL, &length, (const unsigned char *)header.text, (int)header.length) > 0 &&
                EVP_DecryptUpdate(context, plain, &length, content.bytes, (int)content.length) > 0 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, content.tag) > 0 &&
                EVP_DecryptFinal_ex(context, plain + length, &length) > 0;
  EVP_CIPHER_CTX_free(context);
  return opened;
}

static char *open_jwe(struct part parts[5], const cJSON *header, EVP_PKEY *pkey, size_t *length) {
  unsigned char *bytes[5] = {NULL};
  size_t lengths[5] = {0};
  bool decoded = true;
  for (size_t at = 1; at < 5; at++) {
    bytes[at] = base64_decode(parts[at].text, parts[at].length, &lengths[at]);
    decoded = decoded && bytes[at] != NULL;
  }
  struct wrapped wrapped = {.bytes = bytes[1], .length = lengths[1]};
  unsigned char *key = decoded ? unwrap_key(header, pkey, wrapped) : NULL;
  char *plain = NULL;
  if (key != NULL && lengths[2] == IV_BYTES && lengths[4] == TAG_BYTES) {
    struct content content = {.key = key, .iv = bytes[2], .bytes = bytes[3], .length = lengths[3], .tag = bytes[4]};
    plain = calloc(1, lengths[3] + 1);
    *length = lengths[3];
    if (plain != NULL && !decrypt(content, parts[0], (unsigned char *)plain)) {
      free(plain);
      plain = NULL;
    }
  }
  free(key);
  for (size_t at = 1; at < 5; at++) free(bytes[at]);
  return plain;
}

char *seal_open(const char *value, const char *kid, struct sealing_key *key, size_t *length) {
  struct part parts[5];
  if (strlen(value) > MOST_CHARACTERS) return NULL;
  if (strchr(value, '.') != NULL) {
    cJSON *header = split(value, parts) ? read_header(parts[0], kid, key->pkey) : NULL;
    char *opened = header == NULL ? NULL : open_jwe(parts, header, key->pkey, length);
    cJSON_Delete(header);
    return opened;
  }
  /* A value without parts is a block, which only RSA has. */
  if (is_p256(key->pkey)) return NULL;
  size_t size;
  unsigned char *block = base64_decode(value, strlen(value), &size);
  unsigned char *plain = block == NULL ? NULL : open_block(block, size, key->pkey, length);
  if (plain != NULL) plain[*length] = '\0';
  free(block);
  return (char *)plain;
}

/* Base64url has other letters for two of the sixty-four, and no padding. */
static char *base64url_encode(const unsigned char *bytes, size_t length) {
  char *text = base64_encode(bytes, length);
  for (char *at = text; at != NULL && *at != '\0'; at++) {
    if (*at == '+') *at = '-';
    if (*at == '/') *at = '_';
    if (*at == '=') *at = '\0';
  }
  return text;
}

int seal_content(const struct gcm_parts *parts, const char *plaintext, char **ciphertext, char **tag) {
  size_t key_length, iv_length;
  unsigned char tag_bytes[TAG_BYTES];
  int written = 0, more = 0;
  unsigned char *key = base64_decode(parts->content_key, strlen(parts->content_key), &key_length);
  unsigned char *iv = base64_decode(parts->iv, strlen(parts->iv), &iv_length);
  const unsigned char *plain = (const unsigned char *)plaintext;
  const unsigned char *header = (const unsigned char *)parts->header;
  unsigned char *bytes = malloc(strlen(plaintext) + 1);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool sealed = key != NULL && iv != NULL && bytes != NULL && context != NULL && key_length == KEY_BYTES &&
                iv_length == IV_BYTES && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, iv) > 0 &&
                EVP_EncryptUpdate(context, NULL, &more, header, (int)strlen(parts->header)) > 0 &&
                EVP_EncryptUpdate(context, bytes, &written, plain, (int)strlen(plaintext)) > 0 &&
                EVP_EncryptFinal_ex(context, bytes + written, &more) > 0 &&
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag_bytes) > 0;
  *ciphertext = sealed ? base64url_encode(bytes, (size_t)(written + more)) : NULL;
  *tag = sealed ? base64url_encode(tag_bytes, TAG_BYTES) : NULL;
  EVP_CIPHER_CTX_free(context);
  free(key);
  free(iv);
  free(bytes);
  return sealed ? 0 : -1;
}
