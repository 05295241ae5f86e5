#ifndef EPISODED_LOBBY_SKELETON_H
#define EPISODED_LOBBY_SKELETON_H

/* Detect nicks that look alike: two nicks with the same skeleton are confusable. */

#include <stdint.h>

/*
 * The hashed skeleton of a nick: compatibility forms, marks, case and invisible characters removed, letters
 * and
 * digits of other scripts mapped to the ASCII ones that they look like, and i, l, 1, | mapped to one
 * letter.
 * 0: out of memory.
 * Source: UTS #39, confusables.txt.
 */
uint64_t skeleton(const char *nick);

/* The same without punctuation, and with 3, 4, 5, 7 as letters: no client may share it with the bot. */
uint64_t skeleton_strict(const char *nick);

#endif
