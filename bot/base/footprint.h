#ifndef EPISODED_FOOTPRINT_H
#define EPISODED_FOOTPRINT_H

/*
 * What the process holds in memory and does not need just now.
 *
 * Most of it is pages of shared libraries that only starting up has touched:
 * of 45 libraries (libcurl alone brings 25) some 14 MB, of which a bot that
 * answers uses 2 to 5. The kernel would take them away by itself when memory
 * runs short; here they are let go of in a quiet moment, so that what is shown
 * as resident is what is used. A page that is touched again comes back from
 * the page cache, sixteen at a time and without the disk.
 */

/*
 * Give back freed heap, and let go of the pages of libraries. Costs 0.4 to 1 ms,
 * and the next answer some 90 faults of 3 us each: so it is for after a start
 * or a burst, not for each answer. Nothing fails: where the kernel refuses, all
 * stays as it is.
 */
void footprint_shrink(void);

#endif
