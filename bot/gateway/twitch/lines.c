/* The connections of the Twitch gateway: mostly one, two while Twitch moves the bot to another server. */

#include <stdio.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/private.h"
#include "bot/net/loop.h"

static void retire(struct twitch_line *line)
{
	line->is_retired = line->is_over = line->link != NULL;
	timer_set(line->gateway->sweep, 0);
}

void twitch_line_sweep(void *user)
{
	struct twitch_gateway *twitch = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		struct twitch_line *line = &twitch->lines[i];

		if (!line->is_retired)
			continue;
		irc_link_free(line->link);
		line->link = NULL;
		line->is_retired = line->is_over = false;
	}
	if (twitch->is_stopping && !twitch->lines[0].link && !twitch->lines[1].link)
		twitch_finish_stopping(twitch);
}

static void on_open(void *user)
{
	struct twitch_line *line = user;
	struct irc_now time = twitch_now(line->gateway);

	if (line->is_retired || line->gateway->is_stopping)
		return;
	twitch_session_open(line->gateway->session, line->number, &time);
	twitch_arm(line->gateway);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct twitch_line *line = user;
	struct irc_now time = twitch_now(line->gateway);

	if (line->is_retired)
		return;
	twitch_session_receive(line->gateway->session, line->number, bytes, length, &time);
	twitch_arm(line->gateway);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct twitch_line *line = user;
	struct twitch_gateway *twitch = line->gateway;
	bool was_ready = twitch->state == GATEWAY_READY;
	const struct twitch_line *other = &twitch->lines[(line->number + 1) % TWITCH_LINKS];
	struct irc_now time = twitch_now(twitch);
	bool was_current = twitch_session_current(twitch->session) == line->number;

	twitch_session_close(twitch->session, line->number, &time);
	if (line->is_over || twitch->is_stopping || twitch->state == GATEWAY_FAILED) {
		retire(line);
		return;
	}
	if (!was_current && other->link) /* the next one: it tries again by itself */
		return;
	if (other->link && !other->is_over)
		retire(line); /* the next one is there, or on its way */
	if (twitch_session_is_ready(twitch->session))
		return;
	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	twitch->retry_ms = time.ms + delay_ms;
	twitch->is_reconnecting = true;
	twitch->reconnects += was_ready;
	if (!was_ready)
		log_gateway(LOG_LEVEL_WARNING, twitch->head.name, "not connected: %s; next try in %.1f s",
				reason, (double)delay_ms / 1000);
	twitch_set_state(twitch, GATEWAY_CONNECTING);
}

static struct store *on_store(void *user)
{
	const struct twitch_line *line = user;
	const struct gateway_host *host = line->gateway->head.host;

	return host->store ? host->store(host->bot) : NULL;
}

int twitch_line_open(struct twitch_gateway *twitch, size_t number)
{
	static const struct irc_link_events events = {on_open, on_bytes, on_down, on_store};
	struct twitch_line *line = &twitch->lines[number];
	int r = irc_link_new(twitch->head.host->loop, &twitch->config, &events, line, &line->link);

	if (r == 0)
		irc_link_start(line->link);
	return r;
}

void twitch_line_let_go(struct twitch_gateway *twitch, size_t number)
{
	struct twitch_line *line = &twitch->lines[number];

	line->is_over = line->link != NULL;
	if (line->link && irc_link_is_open(line->link))
		irc_link_drop(line->link, "let go", false); /* on_down retires it */
	else
		retire(line);
}
