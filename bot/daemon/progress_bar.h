#ifndef EPISODED_PROGRESS_BAR_H
#define EPISODED_PROGRESS_BAR_H

/* A progress bar on standard error: on a terminal only, and only for work that takes more than a second. */

#include <stdbool.h>
#include <stdint.h>

struct progress_bar {
	const char *what; /* "reading" */
	bool may_show;    /* a terminal that is not dumb */
	bool is_shown;
	uint64_t start_ms, shown_ms;
};

void progress_bar_start(struct progress_bar *bar, const char *what);
/* total 0: not known; the bar then shows megabytes. done and total are bytes. */
void progress_bar_update(struct progress_bar *bar, uint64_t done, uint64_t total);
/* Remove the bar, before anything else is printed. */
void progress_bar_end(struct progress_bar *bar);

#endif
