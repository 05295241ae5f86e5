/* The simulated Discord's channels and REST API: messages, nonces, rate limits, and people who ask. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/audit.h"
#include "tests/sim/discord.h"
#include "tests/sim/discord_world.h"
#include "tests/sim/http_service.h"
#include "tests/sim/world.h"

#define EPOCH_MS         UINT64_C(1420070400000)
#define CHANNELS         3 /* two in the guild, and a direct message */
#define MESSAGES_MAX     4096
#define TEXT_BYTES       400
#define NONCE_BYTES      40
#define NONCE_MS         150000 /* how long Discord remembers a nonce */
#define PREFIX           "/api/v10"
#define POSTS_MAX        5 /* per POSTS_MS and channel */
#define POSTS_MS         5000
#define GLOBAL_MAX       50  /* requests per second */
#define REFUSALS_MAX     200 /* allowed 429 responses per run caused by the bot */
#define INTERACTION_MS   3000
#define INTERACTIONS_MAX 512
#define EDITABLE_MS      (15 * 60 * 1000)

static const uint64_t channels[CHANNELS] = {
		UINT64_C(700000000000000201), UINT64_C(700000000000000202), UINT64_C(700000000000000203)};
static const char *const people[] = {"anna", "ben", "chloe", "dan"};
#define PEOPLE 4

struct message {
	uint64_t id, at_ms, reference;
	int channel;
	bool is_bots, has_card;
	char nonce[NONCE_BYTES], text[TEXT_BYTES];
	int question; /* the question that it answers, or -1 */
	int asks;     /* the question that it asks, or -1 */
};

struct bucket {
	uint64_t reset_ms;
	unsigned left;
};

struct discord_interaction {
	uint64_t id, at_ms;
	int channel, question;
	bool is_answered;
};

struct discord_rest {
	struct message messages[MESSAGES_MAX];
	size_t message_count;
	uint64_t last_ms, serial;
	struct bucket posts[CHANNELS];
	uint64_t global[GLOBAL_MAX];
	size_t next_global;
	unsigned refusals;
	struct discord_interaction interactions[INTERACTIONS_MAX];
	size_t interaction_count;
	bool has_date;               /* in the headers of its responses */
	bool strips_cards[CHANNELS]; /* the bot may not embed links: cards are dropped silently */
};

static struct discord_rest *rest;

static uint64_t snowflake(void)
{
	return (world_true_wall_ms() - EPOCH_MS) << 22 | (++rest->serial & 0xfff);
}

static struct message *add_message(int channel, bool is_bots, const char *text)
{
	struct message *message = &rest->messages[rest->message_count];

	if (rest->message_count == MESSAGES_MAX) {
		world_violation("the simulated Discord has too many messages");
		return message;
	}
	rest->message_count++;
	*message = (struct message){.id = snowflake(),
			.at_ms = world_now_ms(),
			.channel = channel,
			.is_bots = is_bots,
			.question = -1,
			.asks = -1};
	snprintf(message->text, sizeof(message->text), "%s", text);
	return message;
}

static uint64_t author_of(const struct message *message)
{
	return message->is_bots ? DISCORD_BOT : UINT64_C(600000000000000000) + message->id % PEOPLE;
}

/* Append a message as JSON; its text needs no escaping. */
static int describe(const struct message *message, char *ret, size_t size)
{
	char guild[60] = "", reference[80] = "";

	if (message->channel < CHANNELS - 1)
		snprintf(guild, sizeof(guild), "\"guild_id\":\"%" PRIu64 "\",", DISCORD_GUILD);
	if (message->reference)
		snprintf(reference, sizeof(reference),
				",\"message_reference\":{\"message_id\":\"%" PRIu64 "\"}",
				message->reference);
	return snprintf(ret, size,
			"{\"id\":\"%" PRIu64 "\",\"channel_id\":\"%" PRIu64
			"\",%s\"type\":%d,\"content\":\"%s\","
			"\"author\":{\"id\":\"%" PRIu64 "\",\"username\":\"%s\"%s},\"embeds\":[%s]%s}",
			message->id, channels[message->channel], guild, message->reference ? 19 : 0,
			message->text, author_of(message),
			message->is_bots ? "episoded" : people[message->id % PEOPLE],
			message->is_bots ? ",\"bot\":true" : "",
			message->has_card ? "{\"type\":\"rich\"}" : "", reference);
}

/* ---------------------------------------------------------------- people */

static void ask_by_command(int channel, const char *token, int question)
{
	struct discord_interaction *interaction = &rest->interactions[rest->interaction_count];
	char data[1200], guild[60] = "";

	if (rest->interaction_count == INTERACTIONS_MAX)
		return;
	rest->interaction_count++;
	*interaction = (struct discord_interaction){
			.id = snowflake(), .at_ms = world_now_ms(), .channel = channel, .question = question};
	if (channel < CHANNELS - 1)
		snprintf(guild, sizeof(guild), "\"guild_id\":\"%" PRIu64 "\",", DISCORD_GUILD);
	snprintf(data, sizeof(data),
			"{\"id\":\"%" PRIu64 "\",\"application_id\":\"%" PRIu64
			"\",\"type\":2,\"token\":\"token%zu\",%s\"channel_id\":\"%" PRIu64
			"\",\"version\":1,\"%s\":%s{\"id\":\"600000000000000009\",\"username\":\"eve\"}%s,"
			"\"app_permissions\":\"274877991936\",\"context\":0,\"data\":{\"id\":\"1\",\"name\":"
			"\"search\",\"type\":"
			"1,"
			"\"options\":[{\"name\":\"words\",\"type\":3,\"value\":\"%s\"}]}}",
			interaction->id, DISCORD_BOT, rest->interaction_count - 1, guild, channels[channel],
			channel < CHANNELS - 1 ? "member" : "user",
			channel < CHANNELS - 1 ? "{\"user\":" : "", channel < CHANNELS - 1 ? "}" : "", token);
	discord_publish("INTERACTION_CREATE", data, question);
}

void discord_ask(void)
{
	int channel = (int)world_dice(CHANNELS), question;
	char token[AUDIT_TOKEN_BYTES], text[TEXT_BYTES], data[1200];
	bool is_command = world_percent(20);
	struct message *message;

	question = audit_ask(DISCORD_HOST, !is_command, token);
	if (is_command) {
		ask_by_command(channel, token, question);
		return;
	}
	if (world_percent(25))
		snprintf(text, sizeof(text), "<@%" PRIu64 "> search %s", DISCORD_BOT, token);
	else
		snprintf(text, sizeof(text), "!search %s", token);
	message = add_message(channel, false, text);
	message->asks = question;
	describe(message, data, sizeof(data));
	discord_publish("MESSAGE_CREATE", data, question);
}

/* ---------------------------------------------------------------- answers */

static void refuse(struct http_replied *ret, int status, int code, const char *why)
{
	ret->status = status;
	snprintf(ret->body, sizeof(ret->body), "{\"message\":\"%s\",\"code\":%d}", why, code);
}

static void limit(struct http_replied *ret, const char *scope, uint64_t after_ms)
{
	ret->status = 429;
	snprintf(ret->headers + strlen(ret->headers), sizeof(ret->headers) - strlen(ret->headers),
			"Retry-After: %" PRIu64 "\nX-RateLimit-Scope: %s\nVia: 1.1 google\n%s",
			(after_ms + 999) / 1000, scope,
			strcmp(scope, "global") == 0 ? "X-RateLimit-Global: true\n" : "");
	snprintf(ret->body, sizeof(ret->body), "{\"message\":\"limited\",\"retry_after\":%.3f,\"global\":%s}",
			(double)after_ms / 1000, strcmp(scope, "global") == 0 ? "true" : "false");
}

/* The text after "key":" up to the next quote; "" if the key is absent. */
static void text_of(const char *body, const char *key, char *ret, size_t size)
{
	char start[60];
	const char *at;
	size_t length;

	snprintf(start, sizeof(start), "\"%s\":\"", key);
	at = strstr(body, start);
	ret[0] = '\0';
	if (!at)
		return;
	at += strlen(start);
	length = strcspn(at, "\"");
	if (length < size) {
		memcpy(ret, at, length);
		ret[length] = '\0';
	}
}

static int channel_of(const char *path)
{
	const char *id = strstr(path, "/channels/");
	uint64_t number = id ? strtoull(id + strlen("/channels/"), NULL, 10) : 0;

	for (int i = 0; i < CHANNELS; i++) {
		if (channels[i] == number)
			return i;
	}
	return -1;
}

/* Count a request. False: it exceeds a limit. */
static bool take_post(int channel, struct http_replied *ret)
{
	struct bucket *bucket = &rest->posts[channel];
	uint64_t now_ms = world_now_ms();
	bool is_allowed;

	if (now_ms >= bucket->reset_ms)
		*bucket = (struct bucket){now_ms + POSTS_MS, POSTS_MAX};
	is_allowed = bucket->left > 0;
	bucket->left -= is_allowed;
	snprintf(ret->headers, sizeof(ret->headers),
			"X-RateLimit-Limit: %d\nX-RateLimit-Remaining: %u\nX-RateLimit-Reset: %.3f\n"
			"X-RateLimit-Reset-After: %.3f\nX-RateLimit-Bucket: posts\nVia: 1.1 google\n",
			POSTS_MAX, bucket->left,
			(double)(world_true_wall_ms() + bucket->reset_ms - now_ms) / 1000,
			(double)(bucket->reset_ms - now_ms) / 1000);
	if (!is_allowed) {
		if (++rest->refusals == REFUSALS_MAX)
			world_violation("%d requests over the limit", REFUSALS_MAX);
		limit(ret, "user", bucket->reset_ms - now_ms);
	}
	return is_allowed;
}

static const struct message *find_nonce(const char *nonce)
{
	for (size_t i = rest->message_count; i > 0; i--) {
		const struct message *message = &rest->messages[i - 1];

		if (world_now_ms() - message->at_ms > NONCE_MS)
			return NULL;
		if (*nonce && strcmp(message->nonce, nonce) == 0)
			return message;
	}
	return NULL;
}

/* A nonce identifies the answered message: "e", its ID, ".0". That matters for a card that came too late, which does not
 * contain the token. */
static int question_of(const char *nonce)
{
	uint64_t id = *nonce == 'e' ? strtoull(nonce + 1, NULL, 10) : 0;

	for (size_t i = 0; i < rest->message_count; i++) {
		if (rest->messages[i].id == id)
			return rest->messages[i].asks;
	}
	for (size_t i = 0; i < rest->interaction_count; i++) {
		if (rest->interactions[i].id == id)
			return rest->interactions[i].question;
	}
	world_violation("an answer to nothing: nonce %s", nonce);
	return -1;
}

static void post_message(const struct http_asked *asked, struct http_replied *ret)
{
	int channel = channel_of(asked->path);
	const struct message *earlier;
	struct message *message;
	char nonce[NONCE_BYTES], reference[NONCE_BYTES], data[1200];

	if (channel < 0) {
		refuse(ret, 404, 10003, "Unknown Channel");
		return;
	}
	if (!take_post(channel, ret))
		return;
	text_of(asked->body, "nonce", nonce, sizeof(nonce));
	text_of(asked->body, "message_id", reference, sizeof(reference));
	if (!*nonce || !strstr(asked->body, "\"enforce_nonce\":true"))
		world_violation("a message without a nonce: %s", asked->body);
	earlier = find_nonce(nonce);
	if (!earlier) {
		message = add_message(channel, true, "an answer");
		snprintf(message->nonce, sizeof(message->nonce), "%s", nonce);
		message->reference = strtoull(reference, NULL, 10);
		message->question = question_of(nonce);
		if (message->question >= 0)
			audit_seen_answer(message->question, false);
		message->has_card = strstr(asked->body, "\"embeds\":[{") && !rest->strips_cards[channel];
		describe(message, data, sizeof(data));
		discord_publish("MESSAGE_CREATE", data, -1);
		earlier = message;
	}
	ret->status = 200;
	ret->confirmed = earlier->question;
	describe(earlier, ret->body, sizeof(ret->body));
}

static void patch_message(const struct http_asked *asked, struct http_replied *ret)
{
	const char *id = strstr(asked->path, "/messages/");
	uint64_t number = id ? strtoull(id + strlen("/messages/"), NULL, 10) : 0;

	for (size_t i = 0; i < rest->message_count; i++) {
		if (rest->messages[i].id != number || !rest->messages[i].is_bots)
			continue;
		ret->status = 200;
		describe(&rest->messages[i], ret->body, sizeof(ret->body));
		return;
	}
	refuse(ret, 404, 10008, "Unknown Message");
}

static void get_messages(const struct http_asked *asked, struct http_replied *ret)
{
	int channel = channel_of(asked->path);
	const char *after = strstr(asked->path, "after=");
	uint64_t from = after ? strtoull(after + strlen("after="), NULL, 10) : 0;
	char page[HTTP_SERVICE_BODY_BYTES] = "", one[1200];
	size_t count = 0;

	if (channel < 0) {
		refuse(ret, 404, 10003, "Unknown Channel");
		return;
	}
	/* The hundred oldest messages after an ID, newest first. */
	for (size_t i = 0; i < rest->message_count && count < 100; i++) {
		const struct message *message = &rest->messages[i];
		size_t length;

		if (message->channel != channel || message->id <= from)
			continue;
		length = (size_t)describe(message, one, sizeof(one));
		if (strlen(page) + length + 2 > sizeof(page))
			break;
		memmove(page + length + (count > 0), page, strlen(page) + 1);
		memcpy(page, one, length);
		if (count++)
			page[length] = ',';
	}
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body), "[%.*s]", HTTP_SERVICE_BODY_BYTES - 10, page);
}

static struct discord_interaction *interaction_of(const char *path)
{
	const char *token = strstr(path, "/token");
	unsigned long number = token ? strtoul(token + strlen("/token"), NULL, 10) : INTERACTIONS_MAX;

	return number < rest->interaction_count ? &rest->interactions[number] : NULL;
}

static void post_callback(const struct http_asked *asked, struct http_replied *ret)
{
	struct discord_interaction *interaction = interaction_of(asked->path);

	if (!interaction || world_now_ms() - interaction->at_ms > INTERACTION_MS) {
		refuse(ret, 404, 10062, "Unknown interaction");
		return;
	}
	if (interaction->is_answered) {
		refuse(ret, 400, 40060, "Interaction has already been acknowledged.");
		return;
	}
	interaction->is_answered = true;
	ret->status = 204;
	ret->confirmed = audit_seen(asked->body, false);
}

static void patch_original(const struct http_asked *asked, struct http_replied *ret)
{
	struct discord_interaction *interaction = interaction_of(asked->path);

	if (!interaction || !interaction->is_answered || world_now_ms() - interaction->at_ms > EDITABLE_MS) {
		refuse(ret, 404, 10015, "Unknown Webhook");
		return;
	}
	/* An answer that people saw already counts once. */
	ret->status = 200;
	ret->confirmed = interaction->question;
	snprintf(ret->body, sizeof(ret->body), "{\"id\":\"1\"}");
}

static void get_gateway(const struct http_asked *asked, struct http_replied *ret)
{
	(void)asked;
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body),
			"{\"url\":\"wss://"
			"gateway.discord.example\",\"shards\":1,\"session_start_limit\":{\"total\":1000,"
			"\"remaining\":%u,\"reset_after\":14400000,\"max_concurrency\":1}}",
			1000 - discord_identifies());
}

static void get_application(const struct http_asked *asked, struct http_replied *ret)
{
	(void)asked;
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body),
			"{\"id\":\"%" PRIu64
			"\",\"name\":\"episoded\",\"flags\":524288,\"interactions_endpoint_url\":null,"
			"\"bot_require_code_grant\":false}",
			DISCORD_BOT);
}

static void put_commands(const struct http_asked *asked, struct http_replied *ret)
{
	(void)asked;
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body), "[]");
}

static const struct {
	const char *method, *begin, *end; /* length of the path without its query */
	void (*answer)(const struct http_asked *asked, struct http_replied *ret);
	bool is_open; /* the token in the path authorises the request */
} routes[] = {
		{"POST", "/channels/", "/messages", post_message, false},
		{"GET", "/channels/", "/messages", get_messages, false},
		{"PATCH", "/channels/", "", patch_message, false},
		{"POST", "/interactions/", "/callback", post_callback, true},
		{"PATCH", "/webhooks/", "/messages/@original", patch_original, true},
		{"GET", "/gateway/bot", "", get_gateway, false},
		{"GET", "/applications/@me", "", get_application, false},
		{"PUT", "/applications/", "/commands", put_commands, false},
};

static void count_global(void)
{
	uint64_t *oldest_ms = &rest->global[rest->next_global++ % GLOBAL_MAX], now_ms = world_now_ms();

	/* Delays may bunch requests up, so only twice the limit is the bot's fault. */
	if (*oldest_ms && now_ms - *oldest_ms < 500)
		world_violation("more than %d requests in half a second", GLOBAL_MAX);
	*oldest_ms = now_ms + !now_ms;
}

static bool is_path(const char *path, const char *begin, const char *end)
{
	size_t length = strcspn(path, "?");

	return strncmp(path, begin, strlen(begin)) == 0 && length >= strlen(end) &&
	       strncmp(path + length - strlen(end), end, strlen(end)) == 0;
}

/* Faults before the request takes effect. */
static bool fail(struct http_replied *ret)
{
	static const int codes[] = {500, 502, 503, 504};

	if (world_fault(FAULT_PROTOCOL, 40)) {
		ret->status = codes[world_dice(sizeof(codes) / sizeof(codes[0]))];
		snprintf(ret->body, sizeof(ret->body), "<html>Bad gateway</html>");
		return true;
	}
	if (world_fault(FAULT_PROTOCOL, 20)) {
		limit(ret, world_percent(50) ? "shared" : "global", 500 + world_dice(3000));
		return true;
	}
	return world_fault(FAULT_PROTOCOL, 10); /* and no response ever arrives */
}

/* Discord's own clock, in whole seconds. */
static void add_date(struct http_replied *ret)
{
	time_t now = (time_t)(world_true_wall_ms() / 1000);
	size_t length = strlen(ret->headers);
	struct tm date;

	if (rest->has_date && gmtime_r(&now, &date))
		strftime(ret->headers + length, sizeof(ret->headers) - length,
				"Date: %a, %d %b %Y %H:%M:%S GMT\n", &date);
}

static void on_request(const struct http_asked *asked, struct http_replied *ret)
{
	const char *path =
			strncmp(asked->path, PREFIX, strlen(PREFIX)) == 0 ? asked->path + strlen(PREFIX) : "";

	count_global();
	if (fail(ret))
		return;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].method, asked->method) != 0 ||
				!is_path(path, routes[i].begin, routes[i].end))
			continue;
		if (!routes[i].is_open && !*asked->authorization)
			refuse(ret, 401, 0, "401: Unauthorized");
		else
			routes[i].answer(asked, ret);
		add_date(ret);
		return;
	}
	world_violation("a request that nothing answers: %s %s", asked->method, asked->path);
}

void discord_rest_reset(void)
{
	rest = world_alloc(sizeof(*rest));
	for (size_t i = 0; i < CHANNELS; i++)
		rest->strips_cards[i] = world_percent(20);
	rest->has_date = world_percent(80);
	http_service_set(DISCORD_HOST, on_request);
}
