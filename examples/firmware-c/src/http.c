#include "http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The server never sends more than the games: more is not the server. */
#define MOST_BYTES (16u * 1024u * 1024u)
#define CONNECT_TIMEOUT_MS 3000L
#define TIMEOUT_MS 10000L

struct body {
  char *bytes;
  size_t length;
};

/* One connection is kept open between requests. */
static CURL *curl;

bool http_start(void) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return false;
  curl = curl_easy_init();
  return curl != NULL;
}

void http_stop(void) {
  curl_easy_cleanup(curl);
  curl_global_cleanup();
}

static size_t take_body(char *bytes, size_t size, size_t count, void *target) {
  struct body *body = target;
  size_t more = size * count;
  if (body->length + more > MOST_BYTES) return 0;
  char *grown = realloc(body->bytes, body->length + more + 1);
  if (grown == NULL) return 0;
  memcpy(grown + body->length, bytes, more);
  body->bytes = grown;
  body->length += more;
  grown[body->length] = '\0';
  return more;
}

static bool add_header(struct curl_slist **headers, const char *line) {
  struct curl_slist *longer = curl_slist_append(*headers, line);
  if (longer == NULL) return false;
  *headers = longer;
  return true;
}

/* "<name>: <value>", whatever the length of the value. */
static bool add_value(struct curl_slist **headers, const char *name, const char *value) {
  if (value == NULL) return true;
  size_t size = strlen(name) + strlen(value) + 3;
  char *line = malloc(size);
  if (line == NULL) return false;
  snprintf(line, size, "%s: %s", name, value);
  bool added = add_header(headers, line);
  free(line);
  return added;
}

static bool add_token(struct curl_slist **headers, const char *token) {
  if (token == NULL) return true;
  size_t size = strlen(token) + sizeof "Bearer ";
  char *value = malloc(size);
  if (value == NULL) return false;
  snprintf(value, size, "Bearer %s", token);
  bool added = add_value(headers, "Authorization", value);
  free(value);
  return added;
}

static void read_headers(struct answer *answer) {
  struct curl_header *header;
  if (curl_easy_header(curl, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
    snprintf(answer->etag, sizeof answer->etag, "%s", header->value);
  }
  curl_off_t seconds = 0;
  /* Seconds or a date, as RFC 9110 has it; libcurl makes seconds of both. */
  if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
    answer->retry_after_s = seconds;
  }
}

static void perform(const struct request *request, struct curl_slist *headers, struct answer *answer) {
  struct body body = {.bytes = NULL, .length = 0};
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, request->url);
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (request->json != NULL) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->json);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  /* A token goes to this server alone: no redirect is followed. Certificates are checked, as is libcurl's default. */
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  if (curl_easy_perform(curl) == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    read_headers(answer);
    answer->body = body.bytes;
  } else {
    free(body.bytes);
  }
}

struct answer http_send(const struct request *request) {
  struct answer answer = {.status = 0, .body = NULL, .etag = "", .retry_after_s = -1};
  struct curl_slist *headers = NULL;
  bool ready = add_token(&headers, request->token) && add_value(&headers, "If-None-Match", request->if_none_match) &&
               (request->json == NULL || add_header(&headers, "Content-Type: application/json"));
  if (ready) perform(request, headers, &answer);
  curl_slist_free_all(headers);
  if (answer.body == NULL) answer.body = calloc(1, 1);
  if (answer.body == NULL) abort();
  return answer;
}

void answer_free(struct answer *answer) {
  free(answer->body);
  answer->body = NULL;
}
