/* What the environment says; on a device this would be its flash. */
#ifndef STAMS_SETTINGS_H
#define STAMS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
  /* STAMS_SERVER: "https://api.example.org", without a path. */
  const char *server;
  /* STAMS_STATE: the folder for token, games and results. */
  const char *state;
  /* STAMS_PROVISIONING_UID and STAMS_PROVISIONER_TOKEN: for `stams provision` alone. */
  const char *provisioning_uid;
  const char *provisioner_token;
  /* STAMS_POLL_MS: 30,000 by default. */
  int64_t poll_ms;
  /* STAMS_BACKOFF_MS, STAMS_BACKOFF_MOST_MS: 1,000 and 60,000 by default. */
  int64_t backoff_ms;
  int64_t backoff_most_ms;
  /* STAMS_PLAY_MS, STAMS_PLAYS: this program plays by itself, so often and so many times; 0 for no limit. */
  int64_t play_ms;
  int64_t plays;
};

/* False, with a line on stderr, if something is missing or is no number. */
bool settings_read(struct settings *settings);

#endif
