#ifndef EPISODED_PICTURES_ALBUM_H
#define EPISODED_PICTURES_ALBUM_H

/*
 * The pictures that the bot keeps, as files of a folder. They take at most ALBUM_MAX_BYTES together; those that were fetched
 * first are deleted for new ones. Files with other names are left alone.
 */

#include <stddef.h>

#define ALBUM_MAX_BYTES (64u * 1024 * 1024)
#define ALBUM_FILES_MAX 2000

/* Read a kept picture by its name (catalogue/picture.h). As picture_read(); -ENOENT it is not kept. */
int album_read(const char *folder, const char *name, char **ret, size_t *ret_length, const char **ret_type);

/* Keep a picture, and delete others if there are too many. Waits for the disk: for a thread. The errors of file_put(). */
int album_write(const char *folder, const char *name, const char *bytes, size_t length);

#endif
