/* What owners tell the bot to do (bot/core/command.h): handed to whoever runs it. */

#include <errno.h>
#include <stdio.h>

#include "bot/core/dispatch.h"
#include "bot/core/request.h"

static enum request_result result_of(int error)
{
	switch (error) {
	case 0: return REQUEST_DONE;
	case -EEXIST:
	case -ENOENT: return REQUEST_ALREADY;
	case -EINVAL: return REQUEST_WRONG;
	case -ENOTSUP: return REQUEST_ELSEWHERE;
	default: return REQUEST_FAILED;
	}
}

static enum request_result set_channel(struct request *request, const char *channel, bool is_in)
{
	const struct dispatch_orders *orders = &request->host->orders;

	if (!orders->on_channel)
		return REQUEST_ELSEWHERE;
	return result_of(orders->on_channel(orders->user, request->gateway, channel, is_in));
}

enum request_result request_join(struct request *request, const char *channel)
{
	return set_channel(request, channel, true);
}

enum request_result request_part(struct request *request, const char *channel)
{
	return set_channel(request, channel, false);
}

enum request_result request_reload(struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->on_reload ? result_of(orders->on_reload(orders->user)) : REQUEST_ELSEWHERE;
}

enum request_result request_ignore(struct request *request, const char *who, bool is_ignored)
{
	const struct dispatch_orders *orders = &request->host->orders;

	if (!orders->on_ignore)
		return REQUEST_FAILED;
	return result_of(orders->on_ignore(orders->user, request->gateway, who, is_ignored));
}

const char *request_ignored(const struct request *request, size_t index)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->ignored ? orders->ignored(orders->user, request->gateway, index) : NULL;
}

enum request_result request_set(struct request *request, const char *name, const char *value)
{
	const struct dispatch_orders *orders = &request->host->orders;

	if (request->message->is_private || !orders->on_set)
		return REQUEST_ELSEWHERE;
	return result_of(orders->on_set(
			orders->user, request->gateway, request->message->channel, name, value));
}

const char *request_setting(struct request *request, const char *name)
{
	settings_value(request->settings, name, request->setting);
	return request->setting;
}

const char *request_caveat(struct request *request)
{
	const struct dispatch_host *host = request->host;
	const char *trouble = host->trouble ? host->trouble(host->user) : NULL;

	if (!trouble)
		return "";
	snprintf(request->caveat, sizeof(request->caveat),
			", but a restart will undo it: I can't save it right now (%s)", trouble);
	return request->caveat;
}

bool request_is_private(const struct request *request)
{
	return request->message->is_private;
}

bool request_has_private(const struct request *request)
{
	return request->message->is_private || request->message->has_private;
}

void request_make_private(struct request *request)
{
	request->reply->is_private = true;
}

const char *request_channel(const struct request *request)
{
	return request->message->channel;
}

bool request_is_owner(const struct request *request)
{
	return request->is_owner;
}

bool request_may(const struct request *request, const struct command_entry *entry)
{
	return entry->command->permission != PERMISSION_OWNER || request->is_owner;
}
