/*
 * Channels where colours are not shown, or not allowed. Where the server has
 * such a mode (CHANMODES), it is asked for after each join; where it tells of
 * none, the first refusal does.
 */

#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/session_state.h"
#include "bot/irc/text.h"

#define COLOUR     '\x03'      /* what it veils is not said again */
#define REFUSAL_MS (30 * 1000) /* a refusal that comes later is of something else */

void irc_session_ask_mode(struct irc_session *session, const char *channel)
{
	if (session->isupport.has_colour_mode)
		irc_outbox_push(&session->outbox, "", IRC_LINE("MODE", channel), session->now.ms);
}

bool irc_session_has_colour(const struct irc_session *session, const char *channel)
{
	const struct irc_channel *found = irc_channels_find(&session->channels,
			irc_isupport_channel(&session->isupport, channel), &session->isupport);

	return !found || !found->is_colourless;
}

static bool is_colour_mode(const struct irc_isupport *isupport, char mode)
{
	return mode == 'c' || (mode == 'S' && isupport->has_strip_mode);
}

/* "+nt-c": what it makes of colours. Of +c and +S one alone may be taken back; then 324 would know, and the
 * next join asks. */
static void read_modes(struct irc_session *session, const char *name, const char *modes)
{
	struct irc_channel *channel = irc_channels_find(&session->channels, name, &session->isupport);
	bool is_set = true;

	if (!channel || !session->isupport.has_colour_mode)
		return;
	for (; *modes; modes++) {
		if (*modes == '+' || *modes == '-')
			is_set = *modes == '+';
		else if (is_colour_mode(&session->isupport, *modes))
			channel->is_colourless = is_set;
	}
}

void irc_session_mode(struct irc_session *session, const struct irc_line *line)
{
	read_modes(session, irc_line_param(line, 0), irc_line_param(line, 1));
}

void irc_session_mode_is(struct irc_session *session, const struct irc_line *line)
{
	struct irc_channel *channel =
			irc_channels_find(&session->channels, irc_line_param(line, 1), &session->isupport);

	if (channel)
		channel->is_colourless = false;
	read_modes(session, irc_line_param(line, 1), irc_line_param(line, 2));
}

static void forget(struct irc_formatted *formatted)
{
	free(formatted->target);
	free(formatted->text);
	*formatted = (struct irc_formatted){0};
}

void irc_session_forget_formatted(struct irc_session *session)
{
	size_t i;

	for (i = 0; i < IRC_FORMATTED_MAX; i++)
		forget(&session->formatted[i]);
}

void irc_session_keep_formatted(struct irc_session *session, const struct irc_say *say)
{
	size_t i;

	if (!irc_isupport_is_channel(
			    &session->isupport, irc_isupport_channel(&session->isupport, say->target)))
		return;
	for (i = 0; i < say->line_count; i++) {
		struct irc_formatted *place = &session->formatted[session->next_formatted];

		if (!irc_text_has_formats(say->lines[i]) || strchr(say->lines[i], COLOUR))
			continue;
		forget(place);
		place->target = str_copy(say->target);
		place->text = str_copy(say->lines[i]);
		place->said_ms = session->now.ms;
		if (!place->target || !place->text)
			forget(place);
		session->next_formatted = (session->next_formatted + 1) % IRC_FORMATTED_MAX;
	}
}

static bool say_plain(struct irc_session *session, const struct irc_formatted *formatted)
{
	char text[IRC_LINELEN_MAX];

	if (session->now.ms - formatted->said_ms > REFUSAL_MS ||
			irc_text_read(formatted->text, text, sizeof(text)) < 0)
		return false;
	return irc_outbox_push(&session->outbox, formatted->target,
			       IRC_LINE("PRIVMSG", formatted->target, text), session->now.ms) == 0;
}

bool irc_session_cannot_send(struct irc_session *session, const struct irc_line *line)
{
	struct irc_channel *channel = irc_channels_find(&session->channels,
			irc_isupport_channel(&session->isupport, irc_line_param(line, 1)),
			&session->isupport);
	const char *reason = irc_line_param(line, line->param_count - 1);
	bool is_said = false;
	size_t i;

	if (!channel || (!strcasestr(reason, "color") && !strcasestr(reason, "colour") &&
					!strstr(reason, "+c")))
		return false;
	channel->is_colourless = true;
	for (i = 0; i < IRC_FORMATTED_MAX; i++) {
		struct irc_formatted *formatted =
				&session->formatted[(session->next_formatted + i) % IRC_FORMATTED_MAX];

		if (!formatted->text ||
				!irc_casemap_equal(session->isupport.casemap,
						irc_isupport_channel(&session->isupport, formatted->target),
						channel->name))
			continue;
		is_said = say_plain(session, formatted) || is_said;
		forget(formatted);
	}
	irc_outbox_flush(&session->outbox, session->now.ms);
	return is_said;
}
