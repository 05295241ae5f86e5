/* A progress bar for work of more than a second. */

#include "bot/daemon/progress_bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"

#define DELAY_MS    1000
#define INTERVAL_MS 100
#define BAR_COLUMNS 30
#define MEGABYTE    1000000u

void progress_bar_start(struct progress_bar *bar, const char *what)
{
	const char *terminal = getenv("TERM");

	*bar = (struct progress_bar){.what = what,
			.may_show = isatty(STDERR_FILENO) && terminal && *terminal &&
				    strcmp(terminal, "dumb") != 0,
			.start_ms = clock_monotonic_ms()};
}

static void show(const struct progress_bar *bar, uint64_t done, uint64_t total)
{
	int filled = (int)(done * BAR_COLUMNS / total);

	fprintf(stderr, "\r%s [", bar->what);
	for (int i = 0; i < BAR_COLUMNS; i++)
		fputc(i < filled ? '#' : '-', stderr);
	fprintf(stderr, "] %3" PRIu64 " %%", done * 100 / total);
}

void progress_bar_update(struct progress_bar *bar, uint64_t done, uint64_t total)
{
	uint64_t now_ms;

	if (!bar->may_show)
		return;
	now_ms = clock_monotonic_ms();
	if (now_ms - bar->start_ms < DELAY_MS || now_ms - bar->shown_ms < INTERVAL_MS)
		return;
	bar->shown_ms = now_ms;
	bar->is_shown = true;
	if (total > 0)
		show(bar, done < total ? done : total, total);
	else
		fprintf(stderr, "\r%s %" PRIu64 " MB", bar->what, done / MEGABYTE);
	fflush(stderr);
}

void progress_bar_end(struct progress_bar *bar)
{
	if (bar->is_shown)
		fputs("\r\x1b[K", stderr); /* erase the line */
	fflush(stderr);
	bar->is_shown = false;
}
