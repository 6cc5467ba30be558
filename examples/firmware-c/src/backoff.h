/* How long to wait after a failure: full jitter below a bound that doubles, or what the server asks for. */
#ifndef STAMS_BACKOFF_H
#define STAMS_BACKOFF_H

#include <stdint.h>

struct backoff {
  int64_t first_ms;
  int64_t most_ms;
  int failures;
};

/* Milliseconds until the next try; `retry_after_s` as the answer had it, negative if it had none. */
int64_t backoff_failed(struct backoff *backoff, int64_t retry_after_s);

void backoff_succeeded(struct backoff *backoff);

#endif
