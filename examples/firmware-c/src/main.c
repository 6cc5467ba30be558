/*
 * A STAMS in small: `stams provision` gets its token, `stams run` plays, keeps its results safe, and talks to the
 * server whenever that is there. Ends with 0 when STAMS_PLAYS results were played and sent, 3 when its token does not
 * hold any more, 1 for anything else that it cannot mend.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "backoff.h"
#include "clock.h"
#include "file.h"

#define MOST_A_BATCH 25
#define EXIT_UNAUTHORIZED 3

static volatile sig_atomic_t ending;

static void on_signal(int signal_number) {
  (void)signal_number;
  ending = 1;
}

struct device {
  struct stams stams;
  struct journal journal;
  struct backoff backoff;
  /* By `monotonic_ms`. */
  int64_t next_play;
  int64_t next_poll;
  int64_t next_send;
  int batch;
  bool unauthorized;
};

static int provision(struct stams *stams) {
  if (stams->settings.provisioning_uid == NULL || stams->settings.provisioner_token == NULL) {
    fprintf(stderr, "Set STAMS_PROVISIONING_UID and STAMS_PROVISIONER_TOKEN.\n");
    return EXIT_FAILURE;
  }
  /* Once: a token that was made and not received is revoked by an admin, and the STAMS is provisioned again. */
  return api_register(stams) == OUTCOME_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What a game would do: one result, on the disk before it is shown to anybody. */
static bool play(struct journal *journal) {
  char uuid[UUID_SIZE];
  char now[40];
  char result[256];
  if (!random_uuid(uuid)) return false;
  int64_t number = journal->sent_count + journal->pending + 1;
  int length = snprintf(result, sizeof result, "{\"result_uid\":\"%s\",\"number\":%" PRId64, uuid, number);
  char *rest = result + length;
  size_t size = sizeof result - (size_t)length;
  if (clock_now(now, sizeof now)) snprintf(rest, size, ",\"played_at\":\"%s\"}", now);
  else snprintf(rest, size, "}");
  return journal_append(journal, result);
}

/* False if the rest of this round has no point. */
static bool went_on(struct device *device, enum outcome outcome) {
  if (outcome == OUTCOME_UNAUTHORIZED) device->unauthorized = true;
  if (outcome == OUTCOME_LATER) {
    int64_t wait_ms = backoff_failed(&device->backoff, device->stams.retry_after_s);
    device->next_send = monotonic_ms() + wait_ms;
    device->next_poll = device->next_send;
  }
  if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME) backoff_succeeded(&device->backoff);
  return outcome != OUTCOME_UNAUTHORIZED && outcome != OUTCOME_LATER;
}

static void poll_server(struct device *device) {
  int64_t poll_ms = device->stams.settings.poll_ms;
  /* A tenth more or less, so that those which booted together do not poll together. */
  device->next_poll = monotonic_ms() + poll_ms - poll_ms / 10 + random_below((uint32_t)(poll_ms / 5) + 1);
  if (!went_on(device, api_status(&device->stams, device->journal.pending))) return;
  went_on(device, api_games(&device->stams));
}

static bool send_results(struct device *device) {
  int count = 0;
  enum outcome outcome = api_results(&device->stams, &device->journal, device->batch, &count);
  if (outcome == OUTCOME_REFUSED) {
    /* One result must not hold up the others: alone it is found, and put aside. */
    if (count == 1) return journal_reject(&device->journal);
    device->batch = 1;
    return true;
  }
  if (went_on(device, outcome) && device->journal.pending == 0) device->batch = MOST_A_BATCH;
  return true;
}

static bool is_over(const struct device *device) {
  int64_t plays = device->stams.settings.plays;
  return plays > 0 && device->journal.pending == 0 && device->journal.sent_count >= plays;
}

static bool has_to_play(const struct device *device) {
  int64_t plays = device->stams.settings.plays;
  return plays == 0 || device->journal.sent_count + device->journal.pending < plays;
}

/* Does what is due; false if the disk does not take a result, and going on would lose it. */
static bool turn(struct device *device) {
  int64_t now = monotonic_ms();
  if (has_to_play(device) && now >= device->next_play) {
    device->next_play = now + device->stams.settings.play_ms;
    if (!play(&device->journal)) return false;
  }
  if (now >= device->next_poll) poll_server(device);
  bool sends = !device->unauthorized && device->journal.pending > 0 && monotonic_ms() >= device->next_send;
  return !sends || send_results(device);
}

static void rest_until_due(const struct device *device) {
  int64_t due = device->next_poll;
  if (has_to_play(device) && device->next_play < due) due = device->next_play;
  if (device->journal.pending > 0 && device->next_send < due) due = device->next_send;
  int64_t rest_ms = due - monotonic_ms();
  sleep_ms(rest_ms > 1000 ? 1000 : rest_ms);
}

static int run(struct device *device) {
  while (!ending && !is_over(device)) {
    if (!turn(device)) {
      fprintf(stderr, "a result could not be stored\n");
      return EXIT_FAILURE;
    }
    if (device->unauthorized) {
      fprintf(stderr, "the token does not hold: provision this STAMS again, its results are kept\n");
      return EXIT_UNAUTHORIZED;
    }
    rest_until_due(device);
  }
  return EXIT_SUCCESS;
}

static char *read_state(const struct stams *stams, const char *name) {
  char *path = path_join(stams->settings.state, name);
  char *content = path == NULL ? NULL : file_read(path);
  free(path);
  return content;
}

static bool boot(struct device *device) {
  struct stams *stams = &device->stams;
  stams->token = read_state(stams, "token");
  if (stams->token == NULL) {
    fprintf(stderr, "this STAMS has no token: stams provision\n");
    return false;
  }
  char *etag = read_state(stams, "games.etag");
  if (etag != NULL) snprintf(stams->games_etag, sizeof stams->games_etag, "%s", etag);
  free(etag);
  device->batch = MOST_A_BATCH;
  device->backoff.first_ms = stams->settings.backoff_ms;
  device->backoff.most_ms = stams->settings.backoff_most_ms;
  return random_uuid(stams->boot_id) && journal_open(&device->journal, stams->settings.state);
}

static int run_booted(struct device *device) {
  device->journal.descriptor = -1;
  int status = boot(device) ? run(device) : EXIT_FAILURE;
  journal_close(&device->journal);
  free(device->stams.token);
  return status;
}

int main(int count, char **arguments) {
  struct device device;
  memset(&device, 0, sizeof device);
  const char *command = count == 2 ? arguments[1] : "";
  bool provisions = strcmp(command, "provision") == 0;
  if (!provisions && strcmp(command, "run") != 0) {
    fprintf(stderr, "Usage: stams provision | run\n");
    return EXIT_FAILURE;
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  if (!settings_read(&device.stams.settings) || !http_start()) return EXIT_FAILURE;
  int status = provisions ? provision(&device.stams) : run_booted(&device);
  http_stop();
  return status;
}
