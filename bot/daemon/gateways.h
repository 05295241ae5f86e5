#ifndef EPISODED_ROSTER_H
#define EPISODED_ROSTER_H

/*
 * The gateways that run, kept as the configuration wants them: one that did
 * not change is left alone over a reload, one that can change live does, any
 * other is stopped and made anew.
 */

#include "bot/gateway/gateway.h"

struct roster; /* opaque: daemon/gateways.c */

struct roster_host {
	struct loop *loop;
	void *user;
	void (*on_message)(void *user, struct gateway *gateway, const struct message *message);
	void (*on_change)(void *user);      /* roster_describe() says something else now */
	void (*on_all_stopped)(void *user); /* once, after roster_stop() */
	void (*on_short)(void *user); /* memory was missing for a gateway: to be configured again, later */
	const char *(*describe_commands)(
			void *user); /* as in struct gateway_host, like all below but on_ready */
	const char *(*prefix)(void *user);
	const char *const *(*prefixes)(void *user);
	void (*on_ready)(void *user, struct gateway *gateway); /* the first time a gateway becomes ready */
	void (*on_proved)(void *user, struct gateway *gateway, const char *message_id);
	void (*replay)(void *user, struct gateway *gateway,
			bool (*is_due)(void *due_user, const struct message *message), void *due_user);
	void (*settle)(void *user);
	const char *(*complete)(void *user, const char *command, const char *option, const char *partial);
	struct store *(*store)(void *user);
};

int roster_new(const struct roster_host *host, struct roster **ret);
void roster_free(struct roster *roster); /* NULL-safe; cuts off what still runs */

/* Make it so. Logs what cannot be made or started. The number of gateways that now run. */
size_t roster_configure(struct roster *roster, const struct gateway_config *configs, size_t count);

/* Those that have been ready; on_gateway must not change the gateways. */
void roster_each_ready(
		struct roster *roster, void (*on_gateway)(void *user, struct gateway *gateway), void *user);

/* Every gateway says goodbye. */
void roster_stop(struct roster *roster, const char *reason);

/* "lobby ready (1 channel), libera connecting (reconnecting in 12 s: refused)" appended, on one line.
 * Gateways that the limit of str leaves no room for are counted at the end: ", and 3 more". */
struct str;
void roster_describe(const struct roster *roster, struct str *str);

#endif
