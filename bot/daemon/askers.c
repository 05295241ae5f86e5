/* Questions that wait for a reload. */

#include "bot/daemon/askers.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/str.h"

int askers_add(struct askers *askers, struct gateway *gateway, const struct message *message)
{
	struct message *copy;

	if (askers->count == ASKERS_MAX)
		return -ENOBUFS;
	copy = message_copy(message);
	if (!copy)
		return -ENOMEM;
	copy->origin = MESSAGE_AFTER_RELOAD;
	askers->list[askers->count].gateway = gateway;
	askers->list[askers->count++].message = copy;
	return 0;
}

bool askers_has(const struct askers *askers, const struct gateway *gateway, const char *id)
{
	for (size_t i = 0; i < askers->count; i++) {
		if (askers->list[i].gateway == gateway && *id && str_equal(askers->list[i].message->id, id))
			return true;
	}
	return false;
}

/* Remove one without a change of the order. */
static struct message *take_out(struct askers *askers, size_t at)
{
	struct message *message = askers->list[at].message;

	askers->count--;
	for (size_t i = at; i < askers->count; i++)
		askers->list[i] = askers->list[i + 1];
	return message;
}

void askers_withdraw(struct askers *askers, const struct gateway *gateway, const char *id)
{
	for (size_t i = 0; i < askers->count;) {
		if (askers->list[i].gateway == gateway && str_equal(askers->list[i].message->id, id))
			free(take_out(askers, i));
		else
			i++;
	}
}

void askers_forget(struct askers *askers, const struct gateway *gateway)
{
	for (size_t i = 0; i < askers->count;) {
		if (askers->list[i].gateway == gateway)
			free(take_out(askers, i));
		else
			i++;
	}
}

void askers_take(struct askers *askers, bool is_urgent_only,
		void (*on_question)(void *user, struct gateway *gateway, const struct message *message),
		void *user)
{
	for (size_t i = 0; i < askers->count;) {
		struct gateway *gateway = askers->list[i].gateway;
		struct message *message;

		if (is_urgent_only && !askers->list[i].message->is_urgent) {
			i++;
			continue;
		}
		message = take_out(askers, i);
		on_question(user, gateway, message);
		free(message);
	}
}

void askers_release(struct askers *askers)
{
	while (askers->count > 0)
		free(askers->list[--askers->count].message);
}
