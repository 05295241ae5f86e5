#ifndef EPISODED_IMPORT_UNPACKED_H
#define EPISODED_IMPORT_UNPACKED_H

/*
 * The bytes of a file, unpacked if it is a gzip file (RFC 1952), which its first bytes tell. A file may have several gzip
 * members. The caller limits how much it reads: a small file may unpack to any length.
 */

#include <stddef.h>
#include <sys/types.h>

struct unpacked; /* opaque: import/unpacked.c */

/* fd stays the caller's, and must live as long. -ENOMEM. */
int unpacked_new(int fd, struct unpacked **ret);
void unpacked_free(struct unpacked *file); /* NULL-safe */

/* As read(2), with a negative errno. -EBADMSG: the gzip data is damaged; -ENODATA: it is cut off. */
ssize_t unpacked_read(struct unpacked *file, char *bytes, size_t size);

/* How many bytes of the file itself the last read has used. */
size_t unpacked_used(const struct unpacked *file);

#endif
