/* Being in Twitch's channels, on one connection or on two. */

#include "bot/gateway/twitch/state.h"

#define ANSWER_MS     (10 * 1000) /* ROOMSTATE comes at once; a channel that is not there says nothing */
#define RETRY_BASE_MS (15 * 1000)
#define RETRY_CAP_MS  (60 * 60 * 1000)
#define JOIN_LIMIT    19 /* of 20 in 10 s */

static uint64_t retry_ms(unsigned failures)
{
	uint64_t delay_ms = RETRY_BASE_MS;

	while (failures-- > 1 && delay_ms < RETRY_CAP_MS)
		delay_ms *= 2;
	return delay_ms < RETRY_CAP_MS ? delay_ms : RETRY_CAP_MS;
}

static void try_later(struct twitch_session *session, struct twitch_seat *seat, uint64_t least_ms)
{
	uint64_t delay_ms;

	seat->failures++;
	delay_ms = retry_ms(seat->failures);
	seat->asked_ms = 0;
	seat->is_in = false;
	seat->has_self = false;
	seat->due_ms = session->now.ms + (delay_ms > least_ms ? delay_ms : least_ms);
}

static size_t limit_of(const struct twitch_session *session)
{
	return session->config.is_verified ? TWITCH_WINDOW_SLOTS : JOIN_LIMIT;
}

/* What there is to do for one seat. */
static void run_seat(struct twitch_session *session, size_t link, struct twitch_room *room)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->is_in)
		return;
	if (seat->asked_ms) {
		if (session->now.ms < seat->asked_ms + ANSWER_MS)
			return;
		if (seat->failures == 0)
			twitch_note(session, "%s cannot be joined: no answer; is there such a channel?",
					room->name);
		try_later(session, seat, 0);
		return;
	}
	if (session->now.ms < seat->due_ms ||
			twitch_window_wait(&session->joined, limit_of(session), session->now.ms) > 0)
		return;
	twitch_window_spend(&session->joined, session->now.ms);
	seat->asked_ms = session->now.ms;
	twitch_send(session, link, IRC_LINE("JOIN", room->name));
}

void twitch_join_run(struct twitch_session *session)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		const struct twitch_connection *connection = &session->connections[link];

		if (connection->state != TWITCH_READY || connection->leaving_ms)
			continue;
		for (size_t i = 0; i < session->room_count; i++)
			run_seat(session, link, session->rooms[i]);
	}
}

static uint64_t seat_next_ms(const struct twitch_session *session, const struct twitch_seat *seat)
{
	uint64_t window_ms;

	if (seat->is_in)
		return UINT64_MAX;
	if (seat->asked_ms)
		return seat->asked_ms + ANSWER_MS;
	window_ms = session->now.ms +
		    twitch_window_wait(&session->joined, limit_of(session), session->now.ms);
	return seat->due_ms > window_ms ? seat->due_ms : window_ms;
}

uint64_t twitch_join_next_ms(const struct twitch_session *session)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		const struct twitch_connection *connection = &session->connections[link];

		if (connection->state != TWITCH_READY || connection->leaving_ms)
			continue;
		for (size_t i = 0; i < session->room_count; i++) {
			uint64_t at_ms = seat_next_ms(session, &session->rooms[i]->seats[link]);

			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
	}
	return next_ms;
}

void twitch_join_done(struct twitch_session *session, size_t link, struct twitch_room *room)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->is_in)
		return;
	*seat = (struct twitch_seat){.is_in = true, .has_self = seat->has_self};
	if (link == session->current)
		session->events.on_rooms(session->user);
}

void twitch_join_refused(struct twitch_session *session, size_t link, struct twitch_room *room,
		const char *why, uint64_t wait_ms)
{
	struct twitch_seat *seat = &room->seats[link];

	if (seat->failures == 0)
		twitch_note(session, "%s cannot be joined: %s", room->name, why);
	try_later(session, seat, wait_ms);
	if (link == session->current)
		session->events.on_rooms(session->user);
}

bool twitch_join_is_complete(const struct twitch_session *session, size_t link)
{
	for (size_t i = 0; i < session->room_count; i++) {
		const struct twitch_room *room = session->rooms[i];

		/* Where we are not, the other connection need not be either. */
		if (room->seats[session->current].is_in && !room->seats[link].is_in &&
				room->seats[link].failures == 0)
			return false;
	}
	return true;
}
