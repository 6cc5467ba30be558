#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Milliseconds since the epoch at the boot; negative while unknown. */
static int64_t epoch_at_boot = -1;

int64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_ms(int64_t milliseconds) {
  if (milliseconds <= 0) return;
  struct timespec rest = {.tv_sec = (time_t)(milliseconds / 1000), .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
}

/* Days since 1970-01-01 of a date of the Gregorian calendar; timegm() is in no standard that C11 programs share. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  int64_t era = year / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

void clock_set(const char *server_time) {
  int year, month, day, hour, minute, second, millisecond;
  const char *form = "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ";
  int fields = sscanf(server_time, form, &year, &month, &day, &hour, &minute, &second, &millisecond);
  if (fields != 7) return;
  int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  epoch_at_boot = seconds * 1000 + millisecond - monotonic_ms();
}

bool clock_now(char *text, size_t size) {
  if (epoch_at_boot < 0) return false;
  int64_t now = epoch_at_boot + monotonic_ms();
  time_t seconds = (time_t)(now / 1000);
  struct tm parts;
  if (gmtime_r(&seconds, &parts) == NULL) return false;
  char whole[32];
  strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text, size, "%s.%03dZ", whole, (int)(now % 1000));
  return true;
}

static bool random_bytes(unsigned char *bytes, size_t length) {
  int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  bool done = read(descriptor, bytes, length) == (ssize_t)length;
  close(descriptor);
  return done;
}

bool random_uuid(char uuid[UUID_SIZE]) {
  unsigned char b[16];
  if (!random_bytes(b, sizeof b)) return false;
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  snprintf(uuid, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
           b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
  return true;
}

uint32_t random_below(uint32_t bound) {
  uint32_t value = 0;
  unsigned char bytes[4];
  if (bound == 0 || !random_bytes(bytes, sizeof bytes)) return 0;
  for (size_t at = 0; at < sizeof bytes; at++) value = value << 8 | bytes[at];
  return value % bound;
}
