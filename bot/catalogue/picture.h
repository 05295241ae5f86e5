#ifndef EPISODED_CATALOGUE_PICTURE_H
#define EPISODED_CATALOGUE_PICTURE_H

/*
 * Pictures of a dataset. An "image" of a show, an episode or a character is a link (https://), or the path of a file beside
 * the dataset. What a picture is, its first bytes say: a name and a server may lie.
 */

#include <stdbool.h>
#include <stddef.h>

#define PICTURE_MAX_BYTES  (3u * 1024 * 1024)
#define PICTURE_NAME_BYTES 17          /* 16 hexadecimal digits */
#define PICTURE_FOLDER     "/picture/" /* of addresses on the lobby's page */

/*
 * picture_type_of - the media type of a picture: "image/png", "image/jpeg", "image/webp" or "image/gif".
 *
 * NULL: not such a picture. SVG is not one: it can contain scripts.
 * Source: the signatures of the WHATWG's "MIME Sniffing", 6.1; for PNG and WebP with the header of the first chunk.
 */
const char *picture_type_of(const char *bytes, size_t length);

/* True if an image of a dataset is the path of a file. False for a link, and for "". */
bool picture_is_file(const char *image);

/* The name of an image in addresses and in the bot's own folder, the same each time. */
void picture_name(const char *image, char ret[PICTURE_NAME_BYTES]);

/*
 * picture_path - the path of a file that a dataset names.
 *
 * dataset: the path of the dataset. name: relative to its folder, without "..", "." or empty parts, hidden files,
 *          backslashes and control characters.
 * Owns:    the caller frees *ret.
 * Errors:  -EINVAL the name, -ENOMEM.
 */
int picture_path(const char *dataset, const char *name, char **ret);

/*
 * picture_read - read a picture from a file. It blocks as long as the disk takes.
 *
 * Owns:   the caller frees *ret; *ret_type is a constant. Both may be NULL: only check the file.
 * Errors: those of open(2) and read(2), -EISDIR not a regular file, -ELOOP a symbolic link, -EFBIG more than
 *         PICTURE_MAX_BYTES, -EBADMSG not a picture, -ENOMEM.
 */
int picture_read(const char *path, char **ret, size_t *ret_length, const char **ret_type);

#endif
