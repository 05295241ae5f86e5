#ifndef EPISODED_FOOTPRINT_H
#define EPISODED_FOOTPRINT_H

/*
 * What the process holds in memory and does not need just now.
 *
 * Most of it is pages of shared libraries that only starting up has touched:
 * of 40 libraries (libcurl alone brings 25) some 14 MB, of which a bot that
 * answers uses 4 to 6. The kernel would take them away by itself when memory
 * runs short; here they are let go of in a quiet moment, so that what is shown
 * as resident is what is used. A page that is touched again comes back from
 * the page cache, without the disk: measured 0.5 us a fault, 16 pages each.
 */

/*
 * Give back freed heap, and let go of the pages of libraries. Costs 0.3 ms and
 * then some 100 faults, so it is for after a start or a burst, not for each
 * answer. Nothing fails: where the kernel refuses, all stays as it is.
 */
void footprint_shrink(void);

#endif
