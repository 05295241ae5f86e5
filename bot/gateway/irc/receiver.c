/* Who said what, where: from lines to messages. */

#include "bot/gateway/irc/receiver.h"

#include "bot/irc/text.h"

void irc_receiver_reset(struct irc_receiver *receiver)
{
	irc_batches_init(&receiver->batches);
	irc_multilines_init(&receiver->multilines);
	receiver->people.server[0] = '\0';
	receiver->people.has_services = false;
}

/* Deliver the message with this text. */
static void deliver(struct irc_receiver *receiver, const struct irc_envelope *envelope,
		struct irc_incoming *incoming, const char *text)
{
	struct message message;

	if (*incoming->id == '\0')
		irc_incoming_make_id(&receiver->next_id, incoming->id, sizeof(incoming->id));
	irc_incoming_message(incoming, envelope, text, receiver->nick->current, receiver->isupport->casemap,
			&message);
	receiver->events->on_message(receiver->user, &message);
}

/* A bridge repeats what somebody on another network says: never with the rights of the bridge's own account. */
static void deliver_bridged(
		struct irc_receiver *receiver, struct irc_envelope *envelope, struct irc_incoming *incoming)
{
	const char *name;
	size_t length;
	const char *text = irc_bridge_split(receiver->text, &name, &length);

	incoming->account[0] = '\0';
	envelope->source = NULL;
	deliver(receiver, envelope, incoming, text ? text : receiver->text);
}

void irc_receiver_missed(struct irc_receiver *receiver, const char *channel, const struct irc_past *past)
{
	bool is_channel = irc_isupport_is_channel(receiver->isupport, channel);
	struct irc_envelope envelope;
	struct irc_incoming incoming;

	if (is_channel)
		channel = irc_channels_configured(receiver->channels, channel, receiver->isupport);
	if (irc_incoming_from_past(past, is_channel ? channel : NULL, &incoming, &envelope) == 0 &&
			irc_text_read(past->text, receiver->text, sizeof(receiver->text)) == 0)
		deliver(receiver, &envelope, &incoming, receiver->text);
}

/* A message that a bouncer kept while the bot was away. */
static void take_kept(struct irc_receiver *receiver, const struct irc_incoming *incoming,
		const struct irc_envelope *envelope, const char *place, const char *text)
{
	struct irc_past past;

	irc_incoming_to_past(incoming, envelope, text, &past);
	if (irc_catchup_is_missed(receiver->catchup, place, &past, incoming->played_ms))
		irc_receiver_missed(receiver, envelope->channel, &past);
}

/* A PRIVMSG, with its tags in incoming. */
static void take_message(struct irc_receiver *receiver, const struct irc_line *line,
		struct irc_incoming *incoming, uint64_t now_ms)
{
	const char *text = irc_line_param(line, 1);
	struct irc_envelope envelope;
	const char *place;
	bool is_bridge;

	if (!irc_envelope_read(line, receiver->nick->current, receiver->isupport, &envelope))
		return;
	is_bridge = irc_is_bridge(&receiver->people, line->source);
	place = envelope.is_private ? IRC_SEEN_PRIVATE : envelope.channel;
	if (incoming->is_missed) {
		if (is_bridge || irc_is_person(&receiver->people, line->source))
			take_kept(receiver, incoming, &envelope, place, text);
		return;
	}
	if (!incoming->is_playback && !incoming->is_further)
		irc_catchup_saw(receiver->catchup, place, incoming->time_ms, incoming->id, now_ms);
	if (!envelope.is_private)
		envelope.channel = irc_channels_configured(
				receiver->channels, envelope.channel, receiver->isupport);
	if (incoming->is_playback ||
			(!is_bridge && (incoming->is_bot || !irc_is_person(&receiver->people, line->source))))
		return;
	if (*text == '\x01') {
		if (!is_bridge)
			receiver->events->on_ctcp(receiver->user, &envelope, text);
	} else if (irc_text_read(text, receiver->text, sizeof(receiver->text)) == 0) {
		if (is_bridge)
			deliver_bridged(receiver, &envelope, incoming);
		else
			deliver(receiver, &envelope, incoming, receiver->text);
	}
	irc_catchup_passed(receiver->catchup, place);
}

/* Pass on the current line of a multiline message. */
static void take_line(struct irc_receiver *receiver, struct irc_multiline_in *multiline, uint64_t now_ms)
{
	struct irc_line line;

	if (irc_multiline_take(multiline, &line))
		take_message(receiver, &line, &multiline->incoming, now_ms);
}

void irc_receiver_privmsg(struct irc_receiver *receiver, const struct irc_line *line,
		const struct irc_server_time *time)
{
	struct irc_multiline_in *multiline = irc_multilines_find(&receiver->multilines, line);
	struct irc_incoming incoming;

	if (multiline) {
		if (!irc_multiline_continues(line))
			take_line(receiver, multiline, time->now_ms);
		irc_multiline_add(multiline, line);
		return;
	}
	irc_incoming_read(&receiver->batches, line, time, &incoming);
	take_message(receiver, line, &incoming, time->now_ms);
}

void irc_receiver_batch(struct irc_receiver *receiver, const struct irc_line *line, bool is_own,
		const struct irc_server_time *time)
{
	struct irc_multiline_in *multiline =
			irc_multilines_ended(&receiver->multilines, irc_line_param(line, 0));
	struct irc_incoming incoming;

	if (multiline) {
		take_line(receiver, multiline, time->now_ms);
		irc_multilines_close(&receiver->multilines, multiline);
	}
	if (irc_batches_line(&receiver->batches, line, time, &incoming) && !is_own)
		irc_multilines_open(&receiver->multilines, line, &incoming);
}
