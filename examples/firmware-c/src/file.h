/* Files that are whole after a power cut: either the old content or the new one. */
#ifndef STAMS_FILE_H
#define STAMS_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* The content with a '\0' behind it, to be freed; NULL if there is no such file or it cannot be read. */
char *file_read(const char *path);

/* Writes beside it, syncs, and renames; mode 0600. */
bool file_replace(const char *path, const char *content);

/* "<folder>/<name>", to be freed. */
char *path_join(const char *folder, const char *name);

/* Writes all of it, whatever the kernel takes at once. */
bool write_all(int descriptor, const char *bytes, size_t length);

#endif
