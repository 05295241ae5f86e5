#ifndef EPISODED_LEFT_OPEN_H
#define EPISODED_LEFT_OPEN_H

/*
 * Questions that are open in the journal: left by an earlier process, by a connection that was lost, or handed in by
 * another host. They are asked again, as MESSAGE_JOURNAL, when their gateway can answer them.
 */

#include <stdbool.h>

struct bot;
struct gateway;
struct message;

struct left_open {
	struct bot *bot;     /* borrowed */
	struct ids *arrived; /* questions of other processes that were asked here; NULL with a local store */
};

/* is_shared: other processes use the store too. -ENOMEM. */
int left_open_init(struct left_open *open, struct bot *bot, bool is_shared);
void left_open_release(struct left_open *open);

/* Pass each open question of a gateway to on_open, as the gateway completes it. For struct gateway_host. */
void left_open_each(struct left_open *open, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *user);

/* The gateway is ready for the first time: ask all again, unless it looks at them itself. */
void left_open_ask(struct left_open *open, struct gateway *gateway);
/* The store can be read only now: for each ready gateway, those of earlier processes. Questions of this process are still
 * in progress. */
void left_open_ask_earlier(struct left_open *open);
/* Questions that another process has left are in the store now. gateway: its name. */
void left_open_ask_arrived(struct left_open *open, const char *gateway);
/* The occasions alone. */
void left_open_ask_occasions(struct left_open *open, struct gateway *gateway);

#endif
