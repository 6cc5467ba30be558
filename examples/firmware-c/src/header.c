#include "header.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const unsigned char *bytes, size_t length) {
  char *text = malloc((length + 2) / 3 * 4 + 1);
  if (text == NULL) return NULL;
  char *to = text;
  for (size_t at = 0; at < length; at += 3) {
    size_t left = length - at;
    uint32_t group = (uint32_t)bytes[at] << 16;
    if (left > 1) group |= (uint32_t)bytes[at + 1] << 8;
    if (left > 2) group |= bytes[at + 2];
    *to++ = alphabet[group >> 18 & 63];
    *to++ = alphabet[group >> 12 & 63];
    *to++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
    *to++ = left > 2 ? alphabet[group & 63] : '=';
  }
  *to = '\0';
  return text;
}

static int sextet(char character) {
  if (character == '-') character = '+';
  if (character == '_') character = '/';
  const char *found = character == '\0' ? NULL : strchr(alphabet, character);
  return found == NULL ? -1 : (int)(found - alphabet);
}

unsigned char *base64_decode(const char *text, size_t length, size_t *decoded) {
  while (length > 0 && text[length - 1] == '=') length--;
  unsigned char *bytes = malloc(length / 4 * 3 + 3);
  uint32_t group = 0;
  int bits = 0;
  *decoded = 0;
  for (size_t at = 0; bytes != NULL && at < length; at++) {
    int six = sextet(text[at]);
    if (six < 0) {
      free(bytes);
      return NULL;
    }
    group = group << 6 | (uint32_t)six;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[(*decoded)++] = (unsigned char)(group >> bits & 0xff);
  }
  return bytes;
}

/* "<first><separator><second>", to be freed. */
static char *joined(const char *first, char separator, const char *second) {
  size_t size = strlen(first) + strlen(second) + 2;
  char *text = malloc(size);
  if (text != NULL) snprintf(text, size, "%s%c%s", first, separator, second);
  return text;
}

char *authorization_format(const char *scheme, const char *value) { return joined(scheme, ' ', value); }

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* How many characters from the start are letters, digits or one of `more`. */
static size_t span(const char *text, const char *more) {
  const char *at = text;
  while (*at != '\0' && (strchr(letters, *at) != NULL || strchr(more, *at) != NULL)) at++;
  return (size_t)(at - text);
}

bool authorization_parse(const char *header, struct authorization *parsed) {
  parsed->scheme = header;
  parsed->scheme_length = span(header, "!#$%&'*+.^_`|~-");
  size_t spaces = strspn(header + parsed->scheme_length, " ");
  parsed->value = header + parsed->scheme_length + spaces;
  size_t length = span(parsed->value, "-._~+/");
  size_t padding = strspn(parsed->value + length, "=");
  return parsed->scheme_length > 0 && spaces > 0 && length > 0 && parsed->value[length + padding] == '\0';
}

char *user_pass_format(const char *username, const char *password) {
  if (strchr(username, ':') != NULL) return NULL;
  char *plain = joined(username, ':', password);
  char *value = plain == NULL ? NULL : base64_encode((const unsigned char *)plain, strlen(plain));
  free(plain);
  return value;
}

/* How many bytes follow the first one of a character; -1 for a byte that begins none. */
static int bytes_after(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool is_utf8(const unsigned char *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    unsigned char first = bytes[at];
    int more = bytes_after(first);
    if (more < 0 || at + (size_t)more >= length) return false;
    for (int next = 1; next <= more; next++) {
      if ((bytes[at + (size_t)next] & 0xc0) != 0x80) return false;
    }
    unsigned char second = more > 0 ? bytes[at + 1] : 0;
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false;
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false;
    at += (size_t)more + 1;
  }
  return true;
}

static char *copied(const unsigned char *bytes, size_t length) {
  char *text = malloc(length + 1);
  if (text == NULL) return NULL;
  memcpy(text, bytes, length);
  text[length] = '\0';
  return text;
}

bool user_pass_parse(const char *value, char **username, char **password) {
  size_t text_length = strlen(value);
  size_t length;
  /* Standard alphabet and whole groups alone: one user name and password have one spelling. */
  if (text_length == 0 || text_length % 4 != 0 || strpbrk(value, "-_") != NULL) return false;
  unsigned char *plain = base64_decode(value, text_length, &length);
  if (plain == NULL) return false;
  const unsigned char *colon = memchr(plain, ':', length);
  size_t name_length = colon == NULL ? 0 : (size_t)(colon - plain);
  bool whole = is_utf8(plain, length) && name_length > 0 && name_length + 1 < length;
  if (whole) {
    *username = copied(plain, name_length);
    *password = copied(plain + name_length + 1, length - name_length - 1);
  }
  free(plain);
  return whole;
}
