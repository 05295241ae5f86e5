#ifndef EPISODED_BASE_HOMEPAGE_H
#define EPISODED_BASE_HOMEPAGE_H

/* The web address of the source, for the servers that ask: HOMEPAGE of the Makefile. "": it is not known, and nothing is
 * sent in its place. */
extern const char homepage[];

#endif
