/* A simulated Twitch chat. */

#include "tests/sim/twitch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/twitch_id.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define TWITCH_HOST  "twitch.example"
#define LOGIN        "episoded"
#define CLIENTS_MAX  16
#define CHANNELS     2
#define TEXT_MAX     500
#define LINE_BYTES   4096
#define NONCE_BYTES  80
#define SAME_MS      30000 /* how long a repeated text is refused */
#define SAID_MAX     20    /* messages of the account per SAID_MS */
#define SAID_MS      30000
#define CHANNEL_MS   1000 /* minimum time between two messages in a channel */
#define LOGINS_MAX   20   /* per LOGINS_MS */
#define LOGINS_MS    10000
#define STALL_MS     100   /* tolerance, because Twitch's clock differs from ours */
#define AWAY_MS      30000 /* answers older than two minutes are dropped, so a long absence loses some */
#define RECONNECT_MS 25000 /* between RECONNECT and the end of the connection */

static const char *const channels[CHANNELS] = {"#anna", "#ben"};
static const char *const people[] = {"chloe", "dan", "eve", "finn"};
#define PEOPLE 4

struct client {
	struct wire *wire; /* NULL: unused */
	bool has_tags, is_in[CHANNELS], is_ready, is_leaving, is_accepted;
};

struct discord_room {
	char text[TEXT_MAX * 4 + 1]; /* time of the last message there */
	uint64_t at_ms;
	uint64_t sent_ms;
	int question;
};

struct chat {
	struct client clients[CLIENTS_MAX];
	struct discord_room rooms[CHANNELS];
	uint64_t said[SAID_MAX], logins[LOGINS_MAX];
	size_t next_said, next_login;
	unsigned ids;
	uint64_t present_ms; /* when a connection was last in both channels */
};

static struct chat *chat;

/* ---------------------------------------------------------------- to the bot */

static void send_line(struct client *client, const struct wire_note *note, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

static void send_line(struct client *client, const struct wire_note *note, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text) - 2, format, arguments);
	va_end(arguments);
	world_trace("twitch %u <- %s", wire_number(client->wire), text);
	memcpy(text + length, "\r\n", 2);
	wire_answer(client->wire, text, (size_t)length + 2, true, note);
}

static int channel_of(const char *name, size_t length)
{
	for (int i = 0; i < CHANNELS; i++) {
		if (strlen(channels[i]) == length && strncmp(channels[i], name, length) == 0)
			return i;
	}
	return -1;
}

static void send_userstate(struct client *client, int channel, const char *nonce, int question)
{
	send_line(client, question >= 0 ? WIRE_SEEN(question) : WIRE_NOTHING,
			"@badges=;%s%s%sdisplay-name=Episoded;mod=0 :tmi.twitch.tv USERSTATE %s",
			*nonce ? "client-nonce=" : "", nonce, *nonce ? ";" : "", channels[channel]);
}

void twitch_ask(void)
{
	int channel = (int)world_dice(CHANNELS);
	size_t person = world_dice(PEOPLE);
	char token[AUDIT_TOKEN_BYTES];
	int question = audit_ask(TWITCH_HOST, false, token);
	unsigned id = ++chat->ids;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &chat->clients[i];

		if (client->wire && client->is_in[channel])
			send_line(client, WIRE_HEARD(question),
					"@badges=;display-name=%s;id=t%u;room-id=1%d;tmi-sent-ts=%" PRIu64
					";user-id=20%zu :%s!%s@%s.tmi.twitch.tv PRIVMSG %s :!search %s",
					people[person], id, channel, world_true_wall_ms(), person,
					people[person], people[person], people[person], channels[channel],
					token);
	}
}

/* ---------------------------------------------------------------- the bot says */

static void count(uint64_t *times, size_t *next, size_t most, uint64_t span_ms, uint64_t now_ms,
		const char *what)
{
	uint64_t *oldest_ms = &times[(*next)++ % most];

	if (*oldest_ms && now_ms - *oldest_ms < span_ms - STALL_MS)
		world_violation("twitch: more than %zu %s in %" PRIu64 " s", most, what, span_ms / 1000);
	*oldest_ms = now_ms + !now_ms;
}

static size_t code_points(const char *text)
{
	size_t count_of = 0;

	for (; *text; text++)
		count_of += ((unsigned char)*text & 0xc0) != 0x80;
	return count_of;
}

/* "@client-nonce=...;reply-parent-msg-id=... PRIVMSG #anna :text" */
static void hear(struct client *client, const char *tags, const char *name, const char *text)
{
	size_t length = strcspn(name, " ");
	int channel = channel_of(name, length), question;
	const char *mark = strstr(tags, "client-nonce=");
	uint64_t now_ms = world_now_ms(), sent_ms = wire_sent_ms(client->wire);
	char nonce[NONCE_BYTES] = "";
	struct discord_room *room;

	if (channel < 0 || !client->is_in[channel]) {
		world_violation("twitch: a message to %.*s, from outside", (int)length, name);
		return;
	}
	room = &chat->rooms[channel];
	if (mark)
		snprintf(nonce, sizeof(nonce), "%.*s", (int)strcspn(mark + 13, "; "), mark + 13);
	if (code_points(text) > TEXT_MAX || *text == '/' || *text == '.')
		world_violation("twitch: a message that is too long, or a command: %s", text);
	count(chat->said, &chat->next_said, SAID_MAX, SAID_MS, sent_ms, "messages");
	if (room->sent_ms && sent_ms - room->sent_ms < CHANNEL_MS - STALL_MS)
		world_violation("twitch: two messages to %s within a second", channels[channel]);
	room->sent_ms = sent_ms;
	if (room->at_ms && now_ms - room->at_ms < SAME_MS && strcmp(room->text, text) == 0) {
		send_line(client, room->question >= 0 ? WIRE_SEEN(room->question) : WIRE_NOTHING,
				"@msg-id=msg_duplicate :tmi.twitch.tv NOTICE %s :Your message was not sent "
				"because "
				"it is identical to "
				"the previous one you sent, less than 30 seconds ago.",
				channels[channel]);
		return;
	}
	question = audit_seen(text, wire_is_orphan(client->wire));
	snprintf(room->text, sizeof(room->text), "%s", text);
	room->at_ms = now_ms;
	room->question = question;
	/* Lose a confirmation: the bot repeats the answer, and Twitch refuses it as identical. */
	if (!world_fault(FAULT_PROTOCOL, 20))
		send_userstate(client, channel, nonce, question);
}

/* ---------------------------------------------------------------- login and joins */

static void on_nick(struct client *client, const char *login)
{
	count(chat->logins, &chat->next_login, LOGINS_MAX, LOGINS_MS, wire_sent_ms(client->wire), "logins");
	if (strcmp(login, LOGIN) != 0 || !client->has_tags) {
		world_violation("twitch: NICK %s", login);
		return;
	}
	if (!client->is_accepted) {
		send_line(client, WIRE_NOTHING, ":tmi.twitch.tv NOTICE * :Login authentication failed");
		wire_hang_up(client->wire, 1000);
		return;
	}
	client->is_ready = true;
	send_line(client, WIRE_NOTHING, ":tmi.twitch.tv 001 %s :Welcome, GLHF!", login);
	send_line(client, WIRE_NOTHING, ":tmi.twitch.tv 376 %s :>", login);
	send_line(client, WIRE_NOTHING,
			"@badges=;display-name=Episoded;user-id=77 :tmi.twitch.tv GLOBALUSERSTATE");
}

static void on_join(struct client *client, const char *list)
{
	while (*list) {
		size_t length = strcspn(list, ", ");
		int channel = channel_of(list, length);

		if (channel < 0) {
			world_violation("twitch: joins %s", list);
			return;
		}
		client->is_in[channel] = true;
		send_line(client, WIRE_NOTHING, ":%s!%s@%s.tmi.twitch.tv JOIN %s", LOGIN, LOGIN, LOGIN,
				channels[channel]);
		send_userstate(client, channel, "", -1);
		send_line(client, WIRE_NOTHING,
				"@emote-only=0;followers-only=-1;r9k=0;room-id=1%d;slow=0;subs-only=0 "
				":tmi.twitch.tv "
				"ROOMSTATE %s",
				channel, channels[channel]);
		list += length;
		list += *list == ',';
	}
}

static void on_line(struct client *client, char *line)
{
	const char *tags = "";
	char *text;

	world_trace("twitch %u -> %s", wire_number(client->wire),
			strncmp(line, "PASS", 4) == 0 ? "PASS" : line);
	if (*line == '@') {
		tags = line;
		line += strcspn(line, " ");
		if (*line)
			*line++ = '\0';
	}
	if (strncmp(line, "CAP REQ :", 9) == 0) {
		client->has_tags = strstr(line, "twitch.tv/tags") && strstr(line, "twitch.tv/commands");
		send_line(client, WIRE_NOTHING, ":tmi.twitch.tv CAP * ACK :%s", line + 9);
	} else if (strncmp(line, "PASS oauth:", 11) == 0) {
		client->is_accepted = twitch_id_accepts(line + 11);
	} else if (strncmp(line, "NICK ", 5) == 0) {
		on_nick(client, line + 5);
	} else if (strncmp(line, "JOIN ", 5) == 0) {
		on_join(client, line + 5);
	} else if (strncmp(line, "PING", 4) == 0) {
		send_line(client, WIRE_NOTHING, ":tmi.twitch.tv PONG tmi.twitch.tv :%s",
				line + 4 + strspn(line + 4, " :"));
	} else if (strncmp(line, "PRIVMSG ", 8) == 0) {
		text = strchr(line + 8, ' ');
		if (text)
			hear(client, tags, line + 8, text + 1 + (text[1] == ':'));
	} else if (strncmp(line, "PONG", 4) != 0 && strncmp(line, "PART", 4) != 0) {
		world_violation("twitch: a line that no bot sends: %s", line);
	}
}

static void on_bytes(struct wire *wire, const char *bytes, size_t length)
{
	char text[LINE_BYTES * 2], *line, *rest = text;

	if (length >= sizeof(text))
		return;
	memcpy(text, bytes, length);
	text[length] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		struct client *client = wire_peer(wire);

		line[strcspn(line, "\r")] = '\0';
		if (client && *line)
			on_line(client, line);
	}
}

static void on_open(struct wire *wire, const char *path)
{
	(void)path;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (chat->clients[i].wire)
			continue;
		chat->clients[i] = (struct client){.wire = wire};
		wire_set_peer(wire, &chat->clients[i]);
		return;
	}
	world_violation("more than %d connections to Twitch", CLIENTS_MAX);
}

static void on_end(struct wire *wire)
{
	struct client *client = wire_peer(wire);

	if (client)
		client->wire = NULL;
}

/* ---------------------------------------------------------------- faults that Twitch causes */

static void on_gone(void *argument)
{
	struct client *client = argument;

	if (client->wire && client->is_leaving)
		wire_hang_up(client->wire, 1001);
}

static void on_mood(void *argument)
{
	bool is_present = false;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &chat->clients[i];

		if (!client->wire || !client->is_ready)
			continue;
		is_present = is_present ||
			     (client->is_in[0] && client->is_in[1] && !wire_is_orphan(client->wire));
		if (!client->is_leaving && world_fault(FAULT_PROTOCOL, 20)) {
			client->is_leaving = true;
			send_line(client, WIRE_NOTHING, ":tmi.twitch.tv RECONNECT");
			world_after(world_between(1000, RECONNECT_MS), on_gone, client);
		} else if (world_percent(2)) {
			send_line(client, WIRE_NOTHING, "PING :tmi.twitch.tv");
		}
	}
	if (is_present)
		chat->present_ms = world_now_ms();
	else if (world_now_ms() - chat->present_ms > AWAY_MS)
		audit_excuse_absence(TWITCH_HOST);
	world_after(3000, on_mood, argument);
}

void twitch_reset(void)
{
	static const struct wire_service service = {.host = TWITCH_HOST,
			.is_framed = true,
			.on_open = on_open,
			.on_bytes = on_bytes,
			.on_end = on_end};

	chat = world_alloc(sizeof(*chat));
	wire_serve(&service);
	twitch_id_reset();
	world_after(3000, on_mood, NULL);
}

void twitch_append_config(struct str *json)
{
	str_append(json, "{\"name\":\"twitch\",\"type\":\"twitch\",\"login\":\"" LOGIN "\",");
	twitch_id_append_config(json);
	str_append(json, "\"url\":\"wss://" TWITCH_HOST "/\",\"channels\":[\"#anna\",\"#ben\"],"
			 "\"reconnect\":{\"base_ms\":1000,\"cap_ms\":15000}}");
}
