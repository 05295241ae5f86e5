/*
 * Channels where colours are not shown, or not allowed. Where the server has
 * such a mode (CHANMODES), it is asked for after each join; where it tells of
 * none, the first refusal does.
 */

#include "bot/gateway/irc/session_state.h"

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

void irc_session_cannot_send(struct irc_session *session, const struct irc_line *line)
{
	struct irc_channel *channel = irc_channels_find(&session->channels,
			irc_isupport_channel(&session->isupport, irc_line_param(line, 1)),
			&session->isupport);

	if (channel && irc_reply_read(line) == IRC_REPLY_NO_FORMATS)
		channel->is_colourless = true;
}
