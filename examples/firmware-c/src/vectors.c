/* Runs the vectors of packages/core/vectors, the only argument: prints how many hold, and each that does not. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "file.h"
#include "header.h"
#include "seal.h"

static int held;
static int failed;

static void expect(bool holds, const char *what, const char *which) {
  if (holds) held++;
  else {
    failed++;
    fprintf(stderr, "%s: %s\n", what, which);
  }
}

static const char *text_of(const cJSON *object, const char *name) {
  const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
  return text == NULL ? "" : text;
}

static bool is_same(const char *text, const char *wanted) { return text != NULL && strcmp(text, wanted) == 0; }

static cJSON *read_vectors(const char *folder, const char *name) {
  char *path = path_join(folder, name);
  char *text = path == NULL ? NULL : file_read(path);
  cJSON *vectors = text == NULL ? NULL : cJSON_Parse(text);
  expect(vectors != NULL, "vectors cannot be read", name);
  free(text);
  free(path);
  return vectors;
}

static struct sealing_key *key_of(const cJSON *vectors, const char *kid) {
  const cJSON *key;
  cJSON_ArrayForEach(key, cJSON_GetObjectItem(vectors, "keys")) {
    if (strcmp(text_of(key, "kid"), kid) != 0) continue;
    const cJSON *jwk = cJSON_GetObjectItem(key, "jwk");
    if (is_same(text_of(jwk, "kty"), "EC")) {
      return sealing_key_make_p256(text_of(jwk, "x"), text_of(jwk, "y"), text_of(jwk, "d"));
    }
    return sealing_key_make(text_of(jwk, "n"), text_of(jwk, "e"), text_of(jwk, "d"));
  }
  return NULL;
}

/* Opens one vector, or shows that it does not open. */
static void check_opening(const cJSON *vectors, const cJSON *vector, bool opens) {
  const char *kid = text_of(vector, "kid");
  struct sealing_key *key = key_of(vectors, kid);
  size_t length = 0;
  char *plain = key == NULL ? NULL : seal_open(text_of(vector, "value"), kid, key, &length);
  bool right = opens ? is_same(plain, text_of(vector, "plaintext")) : key != NULL && plain == NULL;
  expect(right, opens ? "does not open" : "opens", text_of(vector, "name"));
  free(plain);
  sealing_key_free(key);
}

static void check_seal(const cJSON *vector) {
  struct gcm_parts parts = {
      .header = text_of(vector, "header"), .content_key = text_of(vector, "contentKey"), .iv = text_of(vector, "iv")};
  char *ciphertext;
  char *tag;
  int status = seal_content(&parts, text_of(vector, "plaintext"), &ciphertext, &tag);
  bool right = status == 0 && is_same(ciphertext, text_of(vector, "ciphertext"));
  right = right && is_same(tag, text_of(vector, "tag"));
  expect(right, "is sealed otherwise", text_of(vector, "plaintext"));
  free(ciphertext);
  free(tag);
}

static void check_sealed(const char *folder) {
  cJSON *vectors = read_vectors(folder, "sealed.json");
  const cJSON *vector;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "open")) check_opening(vectors, vector, true);
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "refuse")) check_opening(vectors, vector, false);
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "seal")) check_seal(vector);
  cJSON_Delete(vectors);
}

static void check_tokens(const char *folder) {
  cJSON *vectors = read_vectors(folder, "tokens.json");
  const cJSON *vector;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "open")) check_opening(vectors, vector, true);
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "refuse")) check_opening(vectors, vector, false);
  cJSON_Delete(vectors);
}

static bool parses_to(const char *header, const char *scheme, const char *value) {
  struct authorization parsed;
  if (!authorization_parse(header, &parsed) || strcmp(parsed.value, value) != 0) return false;
  if (strlen(scheme) != parsed.scheme_length) return false;
  for (size_t at = 0; at < parsed.scheme_length; at++) {
    /* Names of schemes are ASCII, and compared without regard to case. */
    if ((parsed.scheme[at] | 0x20) != (scheme[at] | 0x20)) return false;
  }
  return true;
}

static void check_user_pass(const cJSON *vector) {
  const char *value = text_of(vector, "value");
  char *formatted = user_pass_format(text_of(vector, "username"), text_of(vector, "password"));
  char *username = NULL;
  char *password = NULL;
  bool parsed = user_pass_parse(value, &username, &password);
  bool right = parsed && is_same(formatted, value) && is_same(username, text_of(vector, "username")) &&
               is_same(password, text_of(vector, "password"));
  expect(right, "user and password differ", value);
  free(formatted);
  free(username);
  free(password);
}

static void check_headers(const char *folder) {
  cJSON *vectors = read_vectors(folder, "headers.json");
  const cJSON *vector;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "authorization")) {
    const char *header = text_of(vector, "header");
    char *formatted = authorization_format(text_of(vector, "scheme"), text_of(vector, "value"));
    expect(is_same(formatted, header), "is formatted otherwise", header);
    expect(parses_to(header, text_of(vector, "scheme"), text_of(vector, "value")), "is parsed otherwise", header);
    free(formatted);
  }
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "parse")) {
    const char *header = text_of(vector, "header");
    expect(parses_to(header, text_of(vector, "scheme"), text_of(vector, "value")), "is parsed otherwise", header);
  }
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "refuse")) {
    struct authorization parsed;
    expect(!authorization_parse(vector->valuestring, &parsed), "is parsed", vector->valuestring);
  }
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "userPass")) check_user_pass(vector);
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "refuseUserPass")) {
    char *username = NULL;
    char *password = NULL;
    expect(!user_pass_parse(vector->valuestring, &username, &password), "is parsed", vector->valuestring);
    free(username);
    free(password);
  }
  cJSON_Delete(vectors);
}

/* An answer of the resource API: `success` and `data` are both there. */
static void check_envelope(const cJSON *vector, bool succeeds) {
  const char *text = text_of(vector, "text");
  cJSON *body = cJSON_Parse(text);
  const cJSON *success = cJSON_GetObjectItemCaseSensitive(body, "success");
  bool right = succeeds ? cJSON_IsTrue(success) : cJSON_IsFalse(success);
  const cJSON *data = cJSON_GetObjectItemCaseSensitive(body, "data");
  if (succeeds) right = right && cJSON_Compare(data, cJSON_GetObjectItem(vector, "data"), true);
  else {
    right = right && is_same(text_of(body, "exceptionMessage"), text_of(vector, "exceptionMessage")) &&
            is_same(text_of(body, "exceptionType"), text_of(vector, "exceptionType"));
  }
  expect(right, "is read otherwise", text);
  cJSON_Delete(body);
}

static void check_envelopes(const char *folder) {
  cJSON *vectors = read_vectors(folder, "envelopes.json");
  const cJSON *vector;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "requests")) {
    cJSON *envelope = cJSON_CreateObject();
    cJSON_AddStringToObject(envelope, "operation", text_of(vector, "operation"));
    cJSON_AddItemToObject(envelope, "data", cJSON_Duplicate(cJSON_GetObjectItem(vector, "data"), true));
    char *text = cJSON_PrintUnformatted(envelope);
    expect(is_same(text, text_of(vector, "text")), "is written otherwise", text_of(vector, "text"));
    cJSON_free(text);
    cJSON_Delete(envelope);
  }
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "successes")) check_envelope(vector, true);
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "failures")) check_envelope(vector, false);
  cJSON_Delete(vectors);
}

static const char *const outcomes[] = {
    [OUTCOME_DONE] = "done",       [OUTCOME_SAME] = "same",
    [OUTCOME_LATER] = "later",     [OUTCOME_REFUSED] = "refused",
    [OUTCOME_UNAUTHORIZED] = "unauthorized",
};

static void check_errors(const char *folder) {
  cJSON *vectors = read_vectors(folder, "errors.json");
  const cJSON *vector;
  cJSON_ArrayForEach(vector, cJSON_GetObjectItem(vectors, "answers")) {
    long status = (long)cJSON_GetNumberValue(cJSON_GetObjectItem(vector, "status"));
    bool right = is_same(outcomes[outcome_of(status)], text_of(vector, "device"));
    expect(right, "means something else", text_of(vector, "text"));
  }
  cJSON_Delete(vectors);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "Usage: vectors <folder>\n");
    return EXIT_FAILURE;
  }
  check_sealed(arguments[1]);
  check_tokens(arguments[1]);
  check_headers(arguments[1]);
  check_envelopes(arguments[1]);
  check_errors(arguments[1]);
  printf("%d vectors hold, %d do not\n", held, failed);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
