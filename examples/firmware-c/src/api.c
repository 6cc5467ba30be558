#include "api.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "file.h"

static const char firmware_version[] = "1.0.0";

/* Sends to "<server>/api/v1/<path>"; the answer is to be freed. */
static struct answer send_to(struct stams *stams, struct request request, const char *path) {
  char url[512];
  snprintf(url, sizeof url, "%s/api/v1/%s", stams->settings.server, path);
  request.url = url;
  struct answer answer = http_send(&request);
  stams->retry_after_s = answer.retry_after_s;
  if (answer.status == 0) fprintf(stderr, "%s %s: no answer\n", request.method, path);
  if (answer.status >= 400) fprintf(stderr, "%s %s: %ld %s\n", request.method, path, answer.status, answer.body);
  return answer;
}

static bool store(const struct stams *stams, const char *name, const char *content) {
  char *path = path_join(stams->settings.state, name);
  bool stored = path != NULL && file_replace(path, content);
  if (!stored) fprintf(stderr, "%s could not be stored\n", name);
  free(path);
  return stored;
}

/* A text member of a JSON object, valid as long as `object`; NULL if there is none. */
static const char *text_of(const cJSON *object, const char *name) {
  return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

enum outcome api_register(struct stams *stams) {
  cJSON *registration = cJSON_CreateObject();
  cJSON_AddStringToObject(registration, "provisioning_uid", stams->settings.provisioning_uid);
  char *json = cJSON_PrintUnformatted(registration);
  cJSON_Delete(registration);
  if (json == NULL) return OUTCOME_LATER;
  struct request request = {.method = "POST", .token = stams->settings.provisioner_token, .json = json};
  struct answer answer = send_to(stams, request, "register_stams");
  enum outcome outcome = outcome_of(answer.status);
  cJSON *body = cJSON_Parse(answer.body);
  const char *token = text_of(body, "stams_token");
  if (outcome == OUTCOME_DONE && (token == NULL || !store(stams, "token", token))) outcome = OUTCOME_REFUSED;
  cJSON_Delete(body);
  answer_free(&answer);
  free(json);
  return outcome;
}

enum outcome api_games(struct stams *stams) {
  const char *etag = stams->games_etag[0] == '\0' ? NULL : stams->games_etag;
  struct request request = {.method = "GET", .token = stams->token, .if_none_match = etag};
  struct answer answer = send_to(stams, request, "stams/self/games");
  enum outcome outcome = outcome_of(answer.status);
  if (outcome == OUTCOME_DONE) {
    cJSON *games = cJSON_Parse(answer.body);
    /* The ETag last: with the old one the games are asked for once more, with a new one and old games never. */
    bool stored = cJSON_IsArray(games) && store(stams, "games.json", answer.body) &&
                  store(stams, "games.etag", answer.etag);
    if (stored) snprintf(stams->games_etag, sizeof stams->games_etag, "%s", answer.etag);
    cJSON_Delete(games);
    if (!stored) outcome = OUTCOME_LATER;
  }
  answer_free(&answer);
  return outcome;
}

enum outcome api_status(struct stams *stams, int64_t pending_results) {
  cJSON *status = cJSON_CreateObject();
  cJSON_AddStringToObject(status, "firmware_version", firmware_version);
  cJSON_AddStringToObject(status, "boot_id", stams->boot_id);
  cJSON_AddNumberToObject(status, "uptime", (double)(monotonic_ms() / 1000));
  cJSON_AddNumberToObject(status, "pending_results", (double)pending_results);
  char *json = cJSON_PrintUnformatted(status);
  cJSON_Delete(status);
  if (json == NULL) return OUTCOME_LATER;
  struct request request = {.method = "PUT", .token = stams->token, .json = json};
  struct answer answer = send_to(stams, request, "stams/self/status");
  enum outcome outcome = outcome_of(answer.status);
  cJSON *body = cJSON_Parse(answer.body);
  const char *server_time = text_of(body, "server_time");
  if (outcome == OUTCOME_DONE && server_time == NULL) outcome = OUTCOME_LATER;
  if (outcome == OUTCOME_DONE) clock_set(server_time);
  cJSON_Delete(body);
  answer_free(&answer);
  free(json);
  return outcome;
}

enum outcome api_results(struct stams *stams, struct journal *journal, int most, int *count) {
  off_t end;
  char *batch = journal_batch(journal, most, count, &end);
  if (batch == NULL) return OUTCOME_SAME;
  struct request request = {.method = "POST", .token = stams->token, .json = batch};
  struct answer answer = send_to(stams, request, "stams/self/results");
  enum outcome outcome = outcome_of(answer.status);
  /* Only what the server has said to have is taken off the list; a café's sign-in page says 200 too. */
  cJSON *body = cJSON_Parse(answer.body);
  bool stored = cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(body, "stored"));
  cJSON_Delete(body);
  if (outcome == OUTCOME_DONE && !(stored && journal_sent(journal, end, *count))) outcome = OUTCOME_LATER;
  answer_free(&answer);
  free(batch);
  return outcome;
}
