#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool read_number(const char *name, int64_t unless_told, int64_t *number) {
  const char *text = getenv(name);
  *number = unless_told;
  if (text == NULL || *text == '\0') return true;
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno != 0 || *end != '\0' || value < 0 || value > INT32_MAX) {
    fprintf(stderr, "%s is no number from 0 to %d.\n", name, INT32_MAX);
    return false;
  }
  *number = value;
  return true;
}

bool settings_read(struct settings *settings) {
  settings->server = getenv("STAMS_SERVER");
  settings->state = getenv("STAMS_STATE");
  settings->provisioning_uid = getenv("STAMS_PROVISIONING_UID");
  settings->provisioner_token = getenv("STAMS_PROVISIONER_TOKEN");
  if (settings->server == NULL || settings->state == NULL) {
    fprintf(stderr, "Set STAMS_SERVER and STAMS_STATE.\n");
    return false;
  }
  return read_number("STAMS_POLL_MS", 30000, &settings->poll_ms) &&
         read_number("STAMS_BACKOFF_MS", 1000, &settings->backoff_ms) &&
         read_number("STAMS_BACKOFF_MOST_MS", 60000, &settings->backoff_most_ms) &&
         read_number("STAMS_PLAY_MS", 1000, &settings->play_ms) && read_number("STAMS_PLAYS", 0, &settings->plays);
}
