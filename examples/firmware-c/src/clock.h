/* Time: milliseconds that never go back, and the world's time once the server has told it. */
#ifndef STAMS_CLOCK_H
#define STAMS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Since the boot. */
int64_t monotonic_ms(void);

void sleep_ms(int64_t milliseconds);

/* From `server_time` of a status answer, "2026-11-20T08:30:00.000Z": a STAMS may have no clock that outlives a boot. */
void clock_set(const char *server_time);

/* The time as RFC 3339 in UTC; false while it is not set. */
bool clock_now(char *text, size_t size);

/* A random (version 4) UUID. */
#define UUID_SIZE 37
bool random_uuid(char uuid[UUID_SIZE]);

/* 0 to `bound` - 1, evenly enough for jitter. */
uint32_t random_below(uint32_t bound);

#endif
