#include "backoff.h"

#include "clock.h"

int64_t backoff_failed(struct backoff *backoff, int64_t retry_after_s) {
  int64_t bound = backoff->first_ms;
  for (int failure = 0; failure < backoff->failures && bound < backoff->most_ms; failure++) bound *= 2;
  if (bound > backoff->most_ms) bound = backoff->most_ms;
  backoff->failures++;
  /* Ten thousand STAMS saw the same outage: without jitter they would all be back in the same second. */
  int64_t jitter = random_below((uint32_t)bound + 1);
  return retry_after_s >= 0 ? retry_after_s * 1000 + jitter : jitter;
}

void backoff_succeeded(struct backoff *backoff) { backoff->failures = 0; }
