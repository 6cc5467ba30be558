#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join(const char *folder, const char *name) {
  size_t size = strlen(folder) + strlen(name) + 2;
  char *path = malloc(size);
  if (path != NULL) snprintf(path, size, "%s/%s", folder, name);
  return path;
}

bool write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(descriptor, bytes, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes += written;
    length -= (size_t)written;
  }
  return true;
}

static char *read_descriptor(int descriptor, size_t size) {
  char *content = malloc(size + 1);
  size_t length = 0;
  while (content != NULL && length < size) {
    ssize_t got = read(descriptor, content + length, size - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += (size_t)got;
  }
  if (content != NULL) content[length] = '\0';
  return content;
}

char *file_read(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return NULL;
  struct stat status;
  char *content = fstat(descriptor, &status) == 0 ? read_descriptor(descriptor, (size_t)status.st_size) : NULL;
  close(descriptor);
  return content;
}

/* The rename itself is only durable once its folder is. */
static bool sync_folder_of(const char *path) {
  char *copy = strdup(path);
  if (copy == NULL) return false;
  int descriptor = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(copy);
  if (descriptor < 0) return false;
  bool done = fsync(descriptor) == 0;
  close(descriptor);
  return done;
}

bool file_replace(const char *path, const char *content) {
  size_t size = strlen(path) + sizeof ".new";
  char *beside = malloc(size);
  if (beside == NULL) return false;
  snprintf(beside, size, "%s.new", path);
  int descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool done = descriptor >= 0 && write_all(descriptor, content, strlen(content)) && fsync(descriptor) == 0;
  if (descriptor >= 0) close(descriptor);
  done = done && rename(beside, path) == 0 && sync_folder_of(path);
  free(beside);
  return done;
}
