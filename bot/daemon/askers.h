#ifndef EPISODED_ASKERS_H
#define EPISODED_ASKERS_H

/* The questions that are answered when a reload has ended. They are in the journal too, which answers those whose gateway
 * or process ends before the reload. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/core/message.h"

#define ASKERS_MAX 16 /* further ones are answered at once */

struct gateway;

struct askers {
	struct {
		struct gateway *gateway;
		struct message *message; /* a copy */
	} list[ASKERS_MAX];
	size_t count;
};

/* Keep a copy of the question. -ENOBUFS ASKERS_MAX, -ENOMEM. */
int askers_add(struct askers *askers, struct gateway *gateway, const struct message *message);
bool askers_has(const struct askers *askers, const struct gateway *gateway, const char *id);
/* It is not to be answered any more. */
void askers_withdraw(struct askers *askers, const struct gateway *gateway, const char *id);
/* The gateway is about to be freed: forget its questions. */
void askers_forget(struct askers *askers, const struct gateway *gateway);
/* Take all questions out, or the urgent ones: pass each on as MESSAGE_AFTER_RELOAD. */
void askers_take(struct askers *askers, bool is_urgent_only,
		void (*on_question)(void *user, struct gateway *gateway, const struct message *message),
		void *user);
void askers_release(struct askers *askers);

#endif
