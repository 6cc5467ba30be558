/* The four requests of a STAMS, and the one that made it one (docs/firmware.md). */
#ifndef STAMS_API_H
#define STAMS_API_H

#include "http.h"
#include "journal.h"
#include "settings.h"

enum outcome {
  /* Done. */
  OUTCOME_DONE,
  /* Nothing is new (304). */
  OUTCOME_SAME,
  /* No answer, or one that says to come back: the same request again, later. */
  OUTCOME_LATER,
  /* The request itself is refused (400 and the like): the same request is refused again. */
  OUTCOME_REFUSED,
  /* The token does not hold (401, 403): stop, keep everything, be provisioned again. */
  OUTCOME_UNAUTHORIZED
};

struct stams {
  struct settings settings;
  char *token;
  /* Of the games that are stored; empty if there are none. */
  char games_etag[ETAG_SIZE];
  /* Random, of this boot. */
  char boot_id[64];
  /* What the last answer asked for; -1 if nothing. */
  int64_t retry_after_s;
};

/* What an answer's status means. */
enum outcome outcome_of(long status);

/* Registers, and stores the token in "<state>/token" before anything else. */
enum outcome api_register(struct stams *stams);

/* Asks for the games; stores new ones in "<state>/games.json", their ETag in "<state>/games.etag". */
enum outcome api_games(struct stams *stams);

/* Says how it is, and sets the clock by the answer. */
enum outcome api_status(struct stams *stams, int64_t pending_results);

/* Sends the oldest results, at most `most`; `count` is how many they were. */
enum outcome api_results(struct stams *stams, struct journal *journal, int most, int *count);

#endif
