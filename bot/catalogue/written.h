#ifndef EPISODED_WRITTEN_H
#define EPISODED_WRITTEN_H

/* Days, hours, moments and links as a dataset writes them: what the loader accepts, and an import writes. */

#include <stddef.h>
#include <stdint.h>

#include "bot/catalogue/show.h"

#define WRITTEN_LINK_MAX_BYTES 2000 /* Discord takes 2048 */

struct written_stamp {
	int64_t utc_s;
	int local_s; /* of the day, where it was shown */
};

int written_date(const char *text, struct date *ret);
int written_stamp(const char *text, struct written_stamp *ret);

/* The minutes of a text that begins with "HH:MM"; -1 for any other. 24:00 is the end of the day. */
int written_clock(const char *text);

/* The scheme's length of "https://a" or "http://a"; 0 for any other text, and for one with a space, a quote or a sign
 * that a link has only as %XX. */
size_t written_link(const char *text);

#endif
