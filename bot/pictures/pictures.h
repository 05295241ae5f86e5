#ifndef EPISODED_PICTURES_H
#define EPISODED_PICTURES_H

/*
 * Pictures of links, fetched once and kept. A link is fetched when a page asks for its picture: over https, from an address
 * on the internet, within limits of size and time, and only what is a picture by its content. What cannot be fetched is not
 * tried again for PICTURES_FAILED_MS.
 */

#include <stdbool.h>
#include <stddef.h>

#define PICTURES_FETCHING_MAX  4
#define PICTURES_REDIRECTS_MAX 3
#define PICTURES_FAILED_MAX    256
#define PICTURES_FAILED_MS     (10 * 60 * 1000)
#define PICTURES_TIMEOUT_MS    20000

struct loop;
struct pictures; /* opaque: pictures/pictures.c */

struct pictures_options {
	const char *folder;  /* where they are kept */
	const char *proxy;   /* as in net/proxy.h; may be NULL */
	const char *ca_file; /* may be NULL */
	bool allows_private; /* also from addresses of the local network */
};

/* Copies the options. -ENOMEM. */
int pictures_new(struct loop *loop, const struct pictures_options *options, struct pictures **ret);
void pictures_free(struct pictures *pictures); /* NULL-safe */

/*
 * pictures_get - the picture of a link.
 *
 * Owns:   the caller frees *ret; *ret_type is a constant.
 * Errors: -EAGAIN it is being fetched, or will be when others are done: ask again; -ENOENT there is no picture, or it could
 *         not be fetched; -ENOMEM.
 */
int pictures_get(struct pictures *pictures, const char *link, char **ret, size_t *ret_length,
		const char **ret_type);

#endif
