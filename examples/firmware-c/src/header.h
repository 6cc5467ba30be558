/* `Authorization`, written and read as the server does (docs/firmware.md). */
#ifndef STAMS_HEADER_H
#define STAMS_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* Base64 (RFC 4648 section 4) with padding, to be freed. */
char *base64_encode(const unsigned char *bytes, size_t length);

/* Base64 or base64url, with or without padding, to be freed; NULL for anything else. */
unsigned char *base64_decode(const char *text, size_t length, size_t *decoded);

/* "<scheme> <value>", to be freed. */
char *authorization_format(const char *scheme, const char *value);

struct authorization {
  /* Where scheme and value stand in the header. */
  const char *scheme;
  size_t scheme_length;
  const char *value;
};

/* False for a header of another form: no value, two of them, spaces or commas in it. */
bool authorization_parse(const char *header, struct authorization *parsed);

/* base64("<username>:<password>"), to be freed; NULL for a user name with a colon. */
char *user_pass_format(const char *username, const char *password);

/* Both to be freed; false for bad base64, no colon or an empty half. */
bool user_pass_parse(const char *value, char **username, char **password);

#endif
