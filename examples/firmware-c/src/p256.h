/* ECDH-ES+A256KW (RFC 7518 section 4.6) with a P-256 key, as secure elements have it. */
#ifndef STAMS_P256_H
#define STAMS_P256_H

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#define P256_KEY_BYTES 32

/* The members of a JWK, base64url; a public key without `d`. NULL if they make no point of the curve. */
EVP_PKEY *p256_key_make(const char *x, const char *y, const char *d);

/*
 * Unwraps a content key with the sender's ephemeral key, the header's `epk`; false if it does not fit. On a board with a
 * secure element the element computes the shared secret, and the rest is done here as it is.
 */
bool p256_unwrap(EVP_PKEY *own, const cJSON *epk, const unsigned char *wrapped, size_t length,
                 unsigned char key[P256_KEY_BYTES]);

#endif
