/* One request and its answer, by libcurl. */
#ifndef STAMS_HTTP_H
#define STAMS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETAG_SIZE 128

struct request {
  const char *method;
  const char *url;
  /* NULL for none, as all that follow. */
  const char *token;
  const char *json;
  const char *if_none_match;
};

struct answer {
  /* 0 if there was none: no connection, or no answer in time. Whether the server did what was asked is then unknown. */
  long status;
  /* Never NULL; ends with '\0'. */
  char *body;
  /* Empty if there was none. */
  char etag[ETAG_SIZE];
  /* Seconds; -1 if there was none. */
  int64_t retry_after_s;
};

bool http_start(void);
void http_stop(void);

/* The answer is to be freed by `answer_free`. */
struct answer http_send(const struct request *request);
void answer_free(struct answer *answer);

#endif
