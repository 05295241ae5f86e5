/* Requests to Twitch's authorization server, and what its responses mean. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "bot/gateway/twitch/oauth.h"
#include "bot/net/http.h"

static struct twitch_oauth_response read_response(enum twitch_oauth_call call, int status, const char *body)
{
	const struct http_response http = {
			.reason = "", .status = status, .body = body, .body_bytes = strlen(body)};
	struct twitch_oauth_response response;

	twitch_oauth_read(call, &http, &response);
	return response;
}

static void each_request_as_twitch_documents_it(void **state)
{
	static const struct {
		enum twitch_oauth_call call;
		const char *method, *url, *authorization, *body;
	} cases[] = {
			{TWITCH_OAUTH_VALIDATE, "GET", "https://id/oauth2/validate",
					"Authorization: OAuth t+k", ""},
			{TWITCH_OAUTH_REFRESH, "POST", "https://id/oauth2/token", "",
					"client_id=abc&client_secret=s%26&grant_type=refresh_token&refresh_"
					"token=t%2Bk"},
			{TWITCH_OAUTH_DEVICE, "POST", "https://id/oauth2/device", "",
					"client_id=abc&scopes=chat%3Aread%20b"},
			{TWITCH_OAUTH_POLL, "POST", "https://id/oauth2/token", "",
					"client_id=abc&scopes=chat%3Aread%20b&device_code=t%2Bk&grant_type="
					"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"},
			{TWITCH_OAUTH_REVOKE, "POST", "https://id/oauth2/revoke", "",
					"client_id=abc&token=t%2Bk"},
	};
	static const char *const scopes[] = {"chat:read", "b", NULL};
	const struct twitch_oauth_parts parts = {"https://id/oauth2", "abc", "s&", "t+k", scopes, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct twitch_oauth_request request;

		assert_int_equal(twitch_oauth_write(cases[i].call, &parts, &request), 0);
		assert_string_equal(request.method, cases[i].method);
		assert_string_equal(str_text(&request.url), cases[i].url);
		assert_string_equal(str_text(&request.authorization), cases[i].authorization);
		assert_string_equal(str_text(&request.body), cases[i].body);
		twitch_oauth_release(&request);
	}
}

static void responses_that_are_good(void **state)
{
	struct twitch_oauth_response response;

	(void)state;
	response = read_response(TWITCH_OAUTH_VALIDATE, 200,
			"{\"client_id\":\"abc\",\"login\":\"bot\",\"scopes\":[\"chat:read\",\"chat:edit\"],"
			"\"user_id\":\"77\","
			"\"expires_in\":5520838}\n");
	assert_int_equal(response.verdict, TWITCH_OAUTH_OK);
	assert_string_equal(response.tokens.client_id, "abc");
	assert_string_equal(response.tokens.login, "bot");
	assert_string_equal(response.tokens.user_id, "77");
	assert_string_equal(response.tokens.scopes, "chat:read chat:edit");
	assert_int_equal(response.expires_ms, 5520838000u);
	assert_false(response.never_expires);

	/* As of a token without scopes (seen 2025-01), and of an old one without an expiry. */
	response = read_response(TWITCH_OAUTH_VALIDATE, 200,
			"{\"client_id\":\"abc\",\"login\":\"bot\",\"scopes\":null,\"user_id\":\"77\","
			"\"expires_in\":0}");
	assert_int_equal(response.verdict, TWITCH_OAUTH_OK);
	assert_string_equal(response.tokens.scopes, "");
	assert_true(response.never_expires);

	response = read_response(TWITCH_OAUTH_REFRESH, 200,
			"{\"access_token\":\"a1\",\"refresh_token\":\"r1\",\"expires_in\":14124,\"scope\":["
			"\"chat:edit\"]}");
	assert_int_equal(response.verdict, TWITCH_OAUTH_OK);
	assert_string_equal(response.tokens.access, "a1");
	assert_string_equal(response.tokens.refresh, "r1");
	assert_true(response.has_scopes);
	assert_int_equal(response.expires_ms, 14124000u);

	response = read_response(TWITCH_OAUTH_DEVICE, 200,
			"{\"device_code\":\"d\",\"expires_in\":1800,\"interval\":5,\"user_code\":\"ABCD\","
			"\"verification_uri\":\"https://www.twitch.tv/activate?device-code=ABCD\"}");
	assert_int_equal(response.verdict, TWITCH_OAUTH_OK);
	assert_string_equal(response.device_code, "d");
	assert_string_equal(response.uri, "https://www.twitch.tv/activate?device-code=ABCD");
	assert_int_equal(response.interval_ms, 5000);
}

/* What each answer of Twitch means, as seen 2024 to 2026. */
static void refusals_in_twitchs_words(void **state)
{
	static const struct {
		enum twitch_oauth_call call;
		int status;
		const char *body;
		enum twitch_oauth_verdict verdict;
		const char *words;
	} cases[] = {
			{TWITCH_OAUTH_VALIDATE, 401, "{\"status\":401,\"message\":\"invalid access token\"}",
					TWITCH_OAUTH_REFUSED, "invalid access token"},
			{TWITCH_OAUTH_REFRESH, 400, "{\"status\":400,\"message\":\"Invalid refresh token\"}",
					TWITCH_OAUTH_REFUSED, "Invalid refresh token"},
			{TWITCH_OAUTH_REFRESH, 400,
					"{\"error\":\"Bad Request\",\"status\":400,\"message\":\"Invalid "
					"refresh token\"}",
					TWITCH_OAUTH_REFUSED, "Invalid refresh token"},
			{TWITCH_OAUTH_REFRESH, 400, "{\"status\":400,\"message\":\"Invalid grant\"}",
					TWITCH_OAUTH_REFUSED, "Invalid grant"},
			{TWITCH_OAUTH_REFRESH, 401, "{\"error\":\"Unauthorized\",\"message\":\"x\"}",
					TWITCH_OAUTH_REFUSED, "x"},
			{TWITCH_OAUTH_REFRESH, 400, "{\"status\":400,\"message\":\"missing client secret\"}",
					TWITCH_OAUTH_CLIENT,
					"missing client secret: set the application's client type to Public"},
			{TWITCH_OAUTH_REFRESH, 403, "{\"status\":403,\"message\":\"invalid client secret\"}",
					TWITCH_OAUTH_CLIENT, "invalid client secret: set \"client_secret\""},
			{TWITCH_OAUTH_DEVICE, 400, "{\"status\":400,\"message\":\"invalid client\"}",
					TWITCH_OAUTH_CLIENT, "invalid client: set \"client_id\""},
			{TWITCH_OAUTH_REFRESH, 400, "{\"status\":400,\"message\":\"new words\"}",
					TWITCH_OAUTH_TROUBLE, "new words"},
			{TWITCH_OAUTH_POLL, 400, "{\"status\":400,\"message\":\"authorization_pending\"}",
					TWITCH_OAUTH_PENDING, ""},
			{TWITCH_OAUTH_POLL, 400, "{\"status\":400,\"message\":\"slow_down\"}",
					TWITCH_OAUTH_SLOWER, ""},
			{TWITCH_OAUTH_POLL, 400, "{\"status\":400,\"message\":\"invalid device code\"}",
					TWITCH_OAUTH_REFUSED, ""},
			{TWITCH_OAUTH_POLL, 400, "{\"status\":400,\"message\":\"access_denied\"}",
					TWITCH_OAUTH_DENIED, ""},
			{TWITCH_OAUTH_REFRESH, 429, "{\"status\":429,\"message\":\"Invalid refresh token\"}",
					TWITCH_OAUTH_TROUBLE, "HTTP status 429"},
			{TWITCH_OAUTH_REFRESH, 503, "", TWITCH_OAUTH_DOUBT, "HTTP status 503"},
			{TWITCH_OAUTH_REFRESH, 302, "", TWITCH_OAUTH_TROUBLE, "HTTP status 302"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct twitch_oauth_response response =
				read_response(cases[i].call, cases[i].status, cases[i].body);

		if (response.verdict != cases[i].verdict || !strstr(response.reason, cases[i].words))
			fail_msg("%s: %d %s", cases[i].body, response.verdict, response.reason);
	}
}

/* A proxy, a captive portal or half a response must not end a login. */
static void what_twitch_did_not_say_is_no_refusal(void **state)
{
	static const char *const bodies[] = {"", "<html>401</html>",
			"{\"message\":\"Invalid refresh token\"}",
			"{\"status\":400,\"message\":\"Invalid refresh token\"}", /* of another status */
			"{\"status\":401,\"message\":\"inval", "[401]", "{\"status\":401}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(read_response(TWITCH_OAUTH_REFRESH, 401, bodies[i]).verdict,
				TWITCH_OAUTH_TROUBLE);
		assert_int_equal(read_response(TWITCH_OAUTH_VALIDATE, 401, bodies[i]).verdict,
				TWITCH_OAUTH_TROUBLE);
		assert_int_equal(read_response(TWITCH_OAUTH_REFRESH, 200, bodies[i]).verdict,
				TWITCH_OAUTH_DOUBT);
	}
}

/* Tokens go into a header and an IRC line. */
static void a_token_is_one_word(void **state)
{
	static const char *const bodies[] = {"{\"access_token\":\"a\\r\\nPRIVMSG\"}",
			"{\"access_token\":\"a b\"}", "{\"access_token\":\"\"}", "{\"access_token\":7}",
			"{\"access_token\":\"\\u00e4\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct twitch_oauth_response response = read_response(TWITCH_OAUTH_REFRESH, 200, bodies[i]);

		assert_int_equal(response.verdict, TWITCH_OAUTH_DOUBT);
		assert_string_equal(response.tokens.access, "");
	}
}

/* Before a connection, a request cannot have been carried out; after it, it can. */
static void a_lost_response_is_in_doubt(void **state)
{
	static const int sure[] = {-ECONNREFUSED, -ENOENT, -EHOSTUNREACH, -EPROTO, -ENOMEM};
	static const int doubtful[] = {-ECONNRESET, -ETIMEDOUT, -EBADMSG, -ENOBUFS};
	struct twitch_oauth_response response;

	(void)state;
	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++) {
		twitch_oauth_read(TWITCH_OAUTH_REFRESH,
				&(struct http_response){.error = sure[i], .reason = "why", .body = ""},
				&response);
		assert_int_equal(response.verdict, TWITCH_OAUTH_TROUBLE);
		assert_string_equal(response.reason, "why");
	}
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		twitch_oauth_read(TWITCH_OAUTH_REFRESH,
				&(struct http_response){.error = doubtful[i], .reason = "", .body = ""},
				&response);
		assert_int_equal(response.verdict, TWITCH_OAUTH_DOUBT);
	}
}

static void the_missing_scope(void **state)
{
	static const char *const scopes[] = {"chat:read", "chat:edit", NULL};

	(void)state;
	assert_null(twitch_oauth_missing("chat:edit x chat:read", scopes));
	assert_string_equal(twitch_oauth_missing("chat:edit chat:reading", scopes), "chat:read");
	assert_string_equal(twitch_oauth_missing("chat:read", scopes), "chat:edit");
	assert_string_equal(twitch_oauth_missing("", scopes), "chat:read");
}

static void stored_tokens_are_read_as_they_were_written(void **state)
{
	struct twitch_stored stored = {{"acc", "ref", "client", "77", "bot", "chat:read chat:edit"}, "id1",
					     true},
			     found;
	struct str text = STR(1000);

	(void)state;
	assert_int_equal(twitch_stored_write(&stored, &text), 0);
	assert_int_equal(twitch_stored_read(str_text(&text), text.length, &found), 0);
	assert_memory_equal(&stored, &found, sizeof(stored));
	str_release(&text);
	assert_int_equal(twitch_stored_read("{\"access\":\"a b\"}", 16, &found), -EBADMSG);
	assert_int_equal(twitch_stored_read("", 0, &found), -EBADMSG);
	assert_string_equal(found.tokens.access, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(each_request_as_twitch_documents_it),
			cmocka_unit_test(responses_that_are_good),
			cmocka_unit_test(refusals_in_twitchs_words),
			cmocka_unit_test(what_twitch_did_not_say_is_no_refusal),
			cmocka_unit_test(a_token_is_one_word),
			cmocka_unit_test(a_lost_response_is_in_doubt),
			cmocka_unit_test(the_missing_scope),
			cmocka_unit_test(stored_tokens_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
