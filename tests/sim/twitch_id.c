/* A simulated authorization server of Twitch. */

#include "tests/sim/twitch_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/twitch/login_file.h"
#include "tests/sim/http_service.h"
#include "tests/sim/world.h"

#define ID_HOST      "id.example"
#define STATE_FOLDER "/proc/self/fd/199" /* as in main.c */
#define GRANTS_MAX   256
#define EXPIRES_MS   100000
#define OPERATOR_MS  20000 /* until a person logs the bot in again */
#define STATIC_TOKEN "sim-token"
#define SCOPES       "\"scopes\":[\"chat:read\",\"chat:edit\"]"

/* Pair number n is "accN" and "refN". */
struct grant {
	uint64_t expires_ms;
	bool is_spent, is_revoked;
	bool is_delivered; /* the pair that replaces it has reached the bot, which could store it */
};

struct id {
	bool has_login, is_operator_coming;
	struct grant grants[GRANTS_MAX];
	unsigned count;
};

static struct id *id;

static bool is_live(unsigned number)
{
	return number < id->count && !id->grants[number].is_revoked &&
	       world_now_ms() < id->grants[number].expires_ms;
}

/* -1: not one of these tokens. */
static int number_of(const char *token, const char *prefix)
{
	char *end;
	unsigned long number;

	if (strncmp(token, prefix, 3) != 0)
		return -1;
	number = strtoul(token + 3, &end, 10);
	return end > token + 3 && (!*end || *end == '&') && number < id->count ? (int)number : -1;
}

static unsigned issue(void)
{
	if (id->count == GRANTS_MAX) {
		world_violation("twitch: more than %d tokens", GRANTS_MAX);
		return GRANTS_MAX - 1;
	}
	id->grants[id->count] = (struct grant){.expires_ms = world_now_ms() + EXPIRES_MS};
	return id->count++;
}

/* ---------------------------------------------------------------- the operator */

static void log_in(void)
{
	unsigned number = issue();
	struct twitch_stored stored = {.tokens = {.client_id = "sim1",
						       .user_id = "77",
						       .login = "episoded",
						       .scopes = "chat:read chat:edit"}};

	snprintf(stored.tokens.access, sizeof(stored.tokens.access), "acc%u", number);
	snprintf(stored.tokens.refresh, sizeof(stored.tokens.refresh), "ref%u", number);
	snprintf(stored.id, sizeof(stored.id), "login%u", number);
	if (twitch_login_file_write(STATE_FOLDER, "twitch", &stored) < 0)
		abort();
	world_trace("twitch: login with acc%u", number);
}

static void on_operator(void *argument)
{
	(void)argument;
	id->is_operator_coming = false;
	log_in();
}

static void call_operator(void)
{
	if (id->is_operator_coming)
		return;
	id->is_operator_coming = true;
	world_after(OPERATOR_MS, on_operator, NULL);
}

/* ---------------------------------------------------------------- requests */

static void refuse(struct http_replied *ret, int status, const char *message)
{
	ret->status = status;
	snprintf(ret->body, sizeof(ret->body), "{\"status\":%d,\"message\":\"%s\"}", status, message);
}

static void validate(const char *authorization, struct http_replied *ret)
{
	const char *access = strncmp(authorization, "OAuth ", 6) == 0 ? authorization + 6 : "";
	uint64_t left_ms = 4 * 3600 * 1000;
	int number = number_of(access, "acc");

	if (!twitch_id_accepts(access)) {
		refuse(ret, 401, "invalid access token");
		return;
	}
	if (number >= 0)
		left_ms = id->grants[number].expires_ms - world_now_ms();
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body),
			"{\"client_id\":\"sim1\",\"login\":\"episoded\"," SCOPES
			",\"user_id\":\"77\",\"expires_in\":%" PRIu64 "}",
			left_ms / 1000 + 1);
}

static void refresh(const char *body, struct http_replied *ret)
{
	const char *token = strstr(body, "refresh_token=ref");
	int number = token ? number_of(token + strlen("refresh_token="), "ref") : -1;
	unsigned next;

	if (number < 0) {
		world_violation("twitch: a refresh without a token: %s", body);
		return;
	}
	if (id->grants[number].is_spent) {
		/* With a working access token there was something to lose. */
		if (is_live((unsigned)number))
			world_violation("twitch: ref%d is used twice, while acc%d works", number, number);
		if (id->grants[number].is_delivered)
			world_violation("twitch: ref%d is used twice, although the next pair was received",
					number);
		for (unsigned i = 0; i < id->count; i++)
			id->grants[i].is_revoked = true;
	}
	if (id->grants[number].is_revoked) {
		refuse(ret, 400, "Invalid refresh token");
		call_operator();
		return;
	}
	id->grants[number].is_spent = true;
	ret->delivered = &id->grants[number].is_delivered;
	next = issue();
	ret->status = 200;
	snprintf(ret->body, sizeof(ret->body),
			"{\"access_token\":\"acc%u\",\"refresh_token\":\"ref%u\",\"expires_in\":%d,\"scope\":"
			"[\"chat:read\","
			"\"chat:edit\"],\"token_type\":\"bearer\"}",
			next, next, EXPIRES_MS / 1000);
}

static void on_request(const struct http_asked *asked, struct http_replied *ret)
{
	if (world_fault(FAULT_PROTOCOL, 40)) {
		ret->status = world_percent(50) ? 503 : 429;
		snprintf(ret->body, sizeof(ret->body), "upstream");
	} else if (strcmp(asked->path, "/oauth2/validate") == 0) {
		validate(asked->authorization, ret);
	} else if (strcmp(asked->path, "/oauth2/token") == 0 &&
			strstr(asked->body, "grant_type=refresh_token")) {
		refresh(asked->body, ret);
	} else {
		world_violation("twitch: %s %s", asked->method, asked->path);
	}
}

/* ---------------------------------------------------------------- for the simulation */

void twitch_id_reset(void)
{
	id = world_alloc(sizeof(*id));
	id->has_login = world_percent(50);
	http_service_set(ID_HOST, on_request);
	(void)twitch_login_file_remove(STATE_FOLDER, "twitch");
	if (id->has_login)
		log_in();
}

void twitch_id_append_config(struct str *json)
{
	str_append(json, "\"oauth\":\"https://" ID_HOST "/oauth2\",");
	str_append(json, id->has_login ? "\"client_id\":\"sim1\"," : "\"token\":{\"env\":\"SIM_TOKEN\"},");
}

bool twitch_id_accepts(const char *access)
{
	int number = number_of(access, "acc");

	return number >= 0 ? is_live((unsigned)number) : !id->has_login && strcmp(access, STATIC_TOKEN) == 0;
}
