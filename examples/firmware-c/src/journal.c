#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/* A journal that the server has whole is started again when it is longer than this. */
#define LONG_ENOUGH (1024 * 1024)
#define MOST_BATCH_BYTES (128 * 1024)

static const char prefix[] = "{\"results\":[";
static const char suffix[] = "]}";

static bool note(struct journal *journal) {
  char text[64];
  snprintf(text, sizeof text, "%lld %" PRId64 "\n", (long long)journal->sent, journal->sent_count);
  return file_replace(journal->note_path, text);
}

static void read_note(struct journal *journal) {
  char *text = file_read(journal->note_path);
  long long sent = 0;
  if (text != NULL && sscanf(text, "%lld %" SCNd64, &sent, &journal->sent_count) == 2) journal->sent = (off_t)sent;
  free(text);
}

/* Counts what is pending, and cuts off a line without an end. */
static bool recover(struct journal *journal) {
  char bytes[4096];
  off_t size = lseek(journal->descriptor, 0, SEEK_END);
  /* The note was written after a new beginning that the power cut undid, or before one that it did. */
  if (journal->sent > size) journal->sent = 0;
  journal->size = journal->sent;
  for (off_t at = journal->sent; at < size;) {
    ssize_t got = pread(journal->descriptor, bytes, sizeof bytes, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    for (ssize_t index = 0; index < got; index++) {
      if (bytes[index] != '\n') continue;
      journal->pending++;
      journal->size = at + index + 1;
    }
    at += got;
  }
  if (journal->size == size) return true;
  return ftruncate(journal->descriptor, journal->size) == 0 && fsync(journal->descriptor) == 0;
}

bool journal_open(struct journal *journal, const char *folder) {
  memset(journal, 0, sizeof *journal);
  char *path = path_join(folder, "results.log");
  journal->note_path = path_join(folder, "results.sent");
  journal->rejected_path = path_join(folder, "results.rejected");
  journal->descriptor = path == NULL ? -1 : open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  free(path);
  if (journal->descriptor < 0 || journal->note_path == NULL || journal->rejected_path == NULL) return false;
  read_note(journal);
  return recover(journal);
}

void journal_close(struct journal *journal) {
  if (journal->descriptor >= 0) close(journal->descriptor);
  free(journal->note_path);
  free(journal->rejected_path);
}

static bool append_line(int descriptor, const char *line) {
  return write_all(descriptor, line, strlen(line)) && write_all(descriptor, "\n", 1) && fsync(descriptor) == 0;
}

bool journal_append(struct journal *journal, const char *result) {
  if (!append_line(journal->descriptor, result)) {
    /* A full disk may have taken half of it. */
    if (ftruncate(journal->descriptor, journal->size) != 0) perror("results.log");
    return false;
  }
  journal->size += (off_t)strlen(result) + 1;
  journal->pending++;
  return true;
}

/* Up to `most` whole lines from `journal->sent`; 0 if they cannot be read. */
static size_t read_lines(struct journal *journal, char *bytes, size_t size, int most, int *count) {
  ssize_t got = pread(journal->descriptor, bytes, size, journal->sent);
  size_t length = 0;
  *count = 0;
  for (ssize_t at = 0; at < got && *count < most; at++) {
    if (bytes[at] != '\n') continue;
    length = (size_t)at + 1;
    (*count)++;
  }
  return length;
}

char *journal_batch(struct journal *journal, int most, int *count, off_t *end) {
  size_t left = (size_t)(journal->size - journal->sent);
  size_t size = left < MOST_BATCH_BYTES ? left : MOST_BATCH_BYTES;
  char *batch = malloc(sizeof prefix + size + sizeof suffix);
  if (batch == NULL || size == 0) {
    free(batch);
    return NULL;
  }
  char *lines = batch + sizeof prefix - 1;
  size_t length = read_lines(journal, lines, size, most, count);
  if (length == 0) {
    free(batch);
    return NULL;
  }
  memcpy(batch, prefix, sizeof prefix - 1);
  for (size_t at = 0; at + 1 < length; at++) {
    if (lines[at] == '\n') lines[at] = ',';
  }
  memcpy(lines + length - 1, suffix, sizeof suffix);
  *end = journal->sent + (off_t)length;
  return batch;
}

bool journal_sent(struct journal *journal, off_t end, int count) {
  journal->sent = end;
  journal->sent_count += count;
  journal->pending -= count;
  bool begins_anew = journal->pending == 0 && journal->size > LONG_ENOUGH;
  if (begins_anew) {
    if (ftruncate(journal->descriptor, 0) != 0) return false;
    journal->size = 0;
    journal->sent = 0;
  }
  return note(journal);
}

bool journal_reject(struct journal *journal) {
  int count;
  off_t end;
  char *batch = journal_batch(journal, 1, &count, &end);
  if (batch == NULL) return false;
  int descriptor = open(journal->rejected_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  bool kept = descriptor >= 0 && append_line(descriptor, batch);
  if (descriptor >= 0) close(descriptor);
  free(batch);
  return kept && journal_sent(journal, end, count);
}
