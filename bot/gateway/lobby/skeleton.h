#ifndef EPISODED_LOBBY_SKELETON_H
#define EPISODED_LOBBY_SKELETON_H

/* Nicks that look alike: two with the same skeleton are taken for each other. */

#include <stdint.h>

/*
 * The skeleton of a nick, hashed: compatibility forms, marks, case and invisible characters gone, letters and
 * digits of other scripts as the ASCII ones that they look like, and i, l, 1, | as one; 0 when out of memory.
 * Source: UTS #39, confusables.txt.
 */
uint64_t skeleton(const char *nick);

/* The same, and punctuation is dropped and 3, 4, 5, 7 read as letters: what a nick must not share with the
 * bot's.
 */
uint64_t skeleton_strict(const char *nick);

#endif
