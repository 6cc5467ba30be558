/*
 * Results that are not sent yet, in an append-only file: a line each, on the disk before anything else happens with
 * it. A second file says up to where the server has them. A line that a power cut tore is forgotten; one that was
 * sent and not noted is sent again, which counts once.
 */
#ifndef STAMS_JOURNAL_H
#define STAMS_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct journal {
  int descriptor;
  char *note_path;
  char *rejected_path;
  /* Bytes that the server has, and how many results they were, since the first boot. */
  off_t sent;
  int64_t sent_count;
  /* Bytes on the disk, and results in them that the server does not have. */
  off_t size;
  int64_t pending;
};

bool journal_open(struct journal *journal, const char *folder);
void journal_close(struct journal *journal);

/* Durable when it returns true. `result` is one line of JSON without a newline. */
bool journal_append(struct journal *journal, const char *result);

/* The oldest pending results as "{\"results\":[…]}", at most `most`, to be freed; NULL if there are none. */
char *journal_batch(struct journal *journal, int most, int *count, off_t *end);

/* The server has all up to `end`, `count` more than before. */
bool journal_sent(struct journal *journal, off_t end, int count);

/* The oldest pending result is refused for good: it goes to a file of its own. */
bool journal_reject(struct journal *journal);

#endif
