/* Sealed values of both forms (docs/firmware.md), by OpenSSL; the device needs them only for a sealed token. */
#ifndef STAMS_SEAL_H
#define STAMS_SEAL_H

#include <stddef.h>

struct sealing_key;

/* The private members of a JWK, base64url; NULL if they make no key. */
struct sealing_key *sealing_key_make(const char *n, const char *e, const char *d);
/* The same of a P-256 key. */
struct sealing_key *sealing_key_make_p256(const char *x, const char *y, const char *d);
void sealing_key_free(struct sealing_key *key);

/* The plaintext with '\0' behind it, to be freed; NULL for whatever does not open. `kid` is the key's name. */
char *seal_open(const char *value, const char *kid, struct sealing_key *key, size_t *length);

struct gcm_parts {
  const char *header;
  const char *content_key;
  const char *iv;
};

/* AES-256-GCM as a JWE has it: ciphertext and tag in base64url, each to be freed. Parts are base64url. */
int seal_content(const struct gcm_parts *parts, const char *plaintext, char **ciphertext, char **tag);

#endif
