/* Visits to sites: which requests are sent, and what each answer means. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/fetch/visit.h"

#define SHOW                                                                                                 \
	"{\"id\":139,\"name\":\"Harbour Lights\",\"premiered\":\"2025-03-01\",\"status\":\"Running\","       \
	"\"network\":null,\"webChannel\":{\"name\":\"Tide\"},\"updated\":1700000000,"                        \
	"\"_embedded\":{\"episodes\":[{\"id\":1}]}}"
#define TMDB         "https://api.themoviedb.org"
#define SERIES(last) "{\"id\":7,\"name\":\"Ebb\",\"seasons\":[{\"season_number\":" last "}]}"

static struct visit visit;

static int release(void **state)
{
	(void)state;
	visit_release(&visit);
	return 0;
}

static void begin(const char *word, const struct visit_known *known)
{
	struct fetch_address address;

	assert_null(fetch_address_read(word, &address));
	visit_release(&visit);
	assert_int_equal(visit_begin(&visit, &address, NULL, known), 0);
}

/* The request that is sent next, with its conditional header. */
static void expect(const char *url, const char *condition)
{
	struct visit_request request;

	assert_int_equal(visit_request(&visit, &request), 0);
	assert_string_equal(str_text(&request.url), url);
	assert_string_equal(str_text(&request.headers[1]), condition);
	visit_request_release(&request);
}

static enum visit_step take_body(const char *body)
{
	return visit_take(&visit,
			&(struct visit_answer){.status = 200, .body = body, .body_bytes = strlen(body)});
}

static enum visit_step take_status(int status, const char *location, const char *retry_after)
{
	return visit_take(&visit, &(struct visit_answer){.status = status,
						  .body = "",
						  .location = location,
						  .retry_after = retry_after,
						  .date = "Sun, 06 Nov 1994 08:49:37 GMT"});
}

static void fails(enum visit_step step, enum visit_fault fault, const char *text)
{
	assert_int_equal(step, VISIT_FAILED);
	assert_int_equal(visit.fault, fault);
	if (!strstr(visit.problem, text))
		fail_msg("\"%s\" does not say \"%s\"", visit.problem, text);
}

/* ---------------------------------------------------------------- addresses */

static void test_addresses(void **state)
{
	static const char *const bad[] = {"tvmaze:", "tvmaze:  ", "tmdb:Harbour Lights", "tvmaze:0",
			"tvmaze:9999999999999999999999", "show.json", "tvmaze:a\x01", "tvdb:5"};
	struct fetch_address address;
	char text[FETCH_ADDRESS_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(fetch_address_read(bad[i], &address));
	assert_true(fetch_address_is("TVmaze:x"));
	assert_false(fetch_address_is("tvmaze.json"));
	assert_null(fetch_address_read("tvmaze: Harbour Lights", &address));
	assert_int_equal(address.by, FETCH_BY_NAME);
	assert_string_equal(fetch_address_text(&address, text), "tvmaze:Harbour Lights");
	assert_null(fetch_address_read("TMDB:1399", &address));
	assert_string_equal(fetch_address_text(&address, text), "tmdb:1399");
	assert_null(fetch_address_read("tvmaze:tt0944947", &address));
	assert_int_equal(address.by, FETCH_BY_IMDB);
}

static void test_addresses_of_pages(void **state)
{
	struct fetch_address address;

	(void)state;
	assert_true(fetch_address_of_page("https://www.tvmaze.com/shows/139/harbour-lights", &address));
	assert_int_equal(address.id, 139);
	assert_true(fetch_address_of_page("https://www.themoviedb.org/tv/1399-game", &address));
	assert_int_equal(address.site, FETCH_TMDB);
	assert_true(fetch_address_of_page("https://www.tvmaze.com/shows/139", &address));
	assert_false(fetch_address_of_page("https://www.tvmaze.com/shows/139x", &address));
	assert_false(fetch_address_of_page("https://www.tvmaze.com/shows/", &address));
	assert_false(fetch_address_of_page("https://www.tvmaze.com.example.org/shows/1", &address));
	assert_false(fetch_address_of_page("", &address));
}

/* ---------------------------------------------------------------- TVmaze */

static void test_a_name_is_searched_and_the_exact_one_is_taken(void **state)
{
	(void)state;
	begin("tvmaze:Harbour lights & co", NULL);
	expect("https://api.tvmaze.com/search/shows?q=Harbour%20lights%20%26%20co", "");
	begin("tvmaze:harbour lights", NULL);
	assert_int_equal(take_body("[{\"score\":1,\"show\":{\"id\":5,\"name\":\"Harbour Lights 2\"}},"
				   "{\"show\":null},{\"show\":{\"id\":139,\"name\":\"Harbour Lights\"}}]"),
			VISIT_ASK);
	expect("https://api.tvmaze.com/shows/139?embed%5B%5D=episodes&embed%5B%5D=cast", "");
	assert_int_equal(take_body(SHOW), VISIT_ASK);
	assert_int_equal(visit.found_count, 2);
	assert_string_equal(visit.found[0].name, "Harbour Lights");
	assert_string_equal(visit.found[0].network, "Tide");
	assert_int_equal(visit.found[0].year, 2025);
	assert_string_equal(visit.found[1].name, "Harbour Lights 2");
	expect("https://api.tvmaze.com/shows/139/episodes?specials=1", "");
	assert_int_equal(take_body(" [{\"id\":2}] "), VISIT_DONE);
	assert_int_equal(visit.document_count, 2);
	assert_string_equal(visit.documents[0].bytes, SHOW);
}

static void test_a_name_that_is_not_found(void **state)
{
	(void)state;
	begin("tvmaze:Nothing", NULL);
	fails(take_body("[]"), VISIT_ABSENT, "finds no show \"Nothing\"");
	begin("tvmaze:Nothing", NULL);
	fails(take_body("{}"), VISIT_WRONG, "else than a list");
}

static void test_a_number_of_imdb_follows_the_redirect(void **state)
{
	(void)state;
	begin("tvmaze:tt0944947", NULL);
	expect("https://api.tvmaze.com/lookup/shows?imdb=tt0944947", "");
	assert_int_equal(take_status(301, "https://api.tvmaze.com/shows/139", NULL), VISIT_ASK);
	expect("https://api.tvmaze.com/shows/139", "");
	assert_int_equal(take_body("{\"id\":139,\"name\":\"x\"}"), VISIT_ASK);
	expect("https://api.tvmaze.com/shows/139?embed%5B%5D=episodes&embed%5B%5D=cast", "");
}

static void test_a_redirect_stays_on_the_site(void **state)
{
	static const char *const bad[] = {"https://example.org/shows/1", "http://api.tvmaze.com/shows/1",
			"https://api.tvmaze.com@example.org/", "https://api.tvmaze.com.example.org/",
			"https://api.tvmaze.com:8443/", "//example.org/", "shows/1", "", "/a b", "/a\r\nX: y",
			"/\\example.org", "https://api.tvmaze.com//example.org/", "https://api.tvmaze.com"};
	char path[VISIT_URL_MAX_BYTES + 1] = "/";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin("tvmaze:139", NULL);
		fails(take_status(302, bad[i], NULL), VISIT_WRONG, "redirect");
	}
	begin("tvmaze:139", NULL);
	fails(take_status(302, NULL, NULL), VISIT_WRONG, "names no address");
	memset(path + 1, 'a', sizeof(path) - 2);
	begin("tvmaze:139", NULL);
	fails(take_status(302, path, NULL), VISIT_WRONG, "too long");
	begin("tvmaze:139", NULL);
	for (unsigned i = 0; i < VISIT_REDIRECTS_MAX; i++)
		assert_int_equal(take_status(307, "/shows/139", NULL), VISIT_ASK);
	fails(take_status(307, "/shows/139", NULL), VISIT_WRONG, "again and again");
}

static void test_only_what_has_changed(void **state)
{
	struct visit_known known = {.etag = "W/\"a\"", .modified = "Sun, 06 Nov 1994 08:49:37 GMT"};

	(void)state;
	begin("tvmaze:139", &known);
	expect("https://api.tvmaze.com/shows/139?embed%5B%5D=episodes&embed%5B%5D=cast",
			"If-None-Match: W/\"a\"");
	assert_int_equal(take_status(304, NULL, NULL), VISIT_SAME);
	known.etag[0] = '\0';
	begin("tvmaze:139", &known);
	expect("https://api.tvmaze.com/shows/139?embed%5B%5D=episodes&embed%5B%5D=cast",
			"If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT");
	/* A site without conditional requests: its own mark of a version. */
	snprintf(known.updated, sizeof(known.updated), "1700000000-%zu", sizeof(SHOW) - 1);
	begin("tvmaze:139", &known);
	assert_int_equal(take_body(SHOW), VISIT_SAME);
	assert_int_equal(visit.document_count, 0);
	/* The same mark, but not the same answer. */
	begin("tvmaze:139", &known);
	assert_int_equal(take_body(SHOW " "), VISIT_ASK);
	begin("tvmaze:139", NULL);
	fails(take_status(304, NULL, NULL), VISIT_WRONG, "not asked");
}

static void test_validators_are_kept_unless_they_could_harm(void **state)
{
	struct visit_answer answer = {.status = 200,
			.body = SHOW,
			.body_bytes = sizeof(SHOW) - 1,
			.etag = "\"v2\"",
			.modified = "Sun, 06 Nov\x01"};

	(void)state;
	begin("tvmaze:139", NULL);
	assert_int_equal(visit_take(&visit, &answer), VISIT_ASK);
	assert_string_equal(visit.learned.etag, "\"v2\"");
	assert_string_equal(visit.learned.modified, "");
	assert_true(str_starts(visit.learned.updated, "1700000000-"));
}

static void test_answers_that_lie(void **state)
{
	(void)state;
	begin("tvmaze:140", NULL);
	fails(take_body(SHOW), VISIT_WRONG, "another show");
	begin("tvmaze:139", NULL);
	fails(take_body("[]"), VISIT_WRONG, "else than a show");
	fails(take_body("{\"id\":139,\"name\":\"x\"}"), VISIT_WRONG, "without the episodes");
	fails(take_body("{\"id\":139,\"name\":\"x\",\"_embedded\":{\"episodes\":[{\"id\":1}"), VISIT_PASSING,
			"cut off");
	fails(take_body("  <!DOCTYPE html><html></html>"), VISIT_PASSING, "web page");
	fails(take_body(" \n"), VISIT_PASSING, "nothing");
	fails(take_body(SHOW " " SHOW), VISIT_WRONG, "no JSON");
	fails(take_body("\x1f\x8b\x08"), VISIT_PASSING, "cut off");
}

static void test_a_show_that_has_moved(void **state)
{
	(void)state;
	begin("tvmaze:140", NULL);
	assert_int_equal(take_status(301, "/shows/139?embed%5B%5D=episodes", NULL), VISIT_ASK);
	assert_int_equal(take_body(SHOW), VISIT_ASK);
	assert_int_equal(visit.address.id, 139);
}

static void test_statuses(void **state)
{
	(void)state;
	begin("tvmaze:139", NULL);
	fails(take_status(404, NULL, NULL), VISIT_ABSENT, "no show tvmaze:139");
	fails(take_status(429, NULL, "7"), VISIT_PASSING, "too many requests");
	assert_int_equal(visit.wait_ms, 7000);
	fails(take_status(429, NULL, NULL), VISIT_PASSING, "too many requests");
	assert_int_equal(visit.wait_ms, 60000);
	/* A date counts against the server's own clock. */
	fails(take_status(503, NULL, "Sun, 06 Nov 1994 08:50:37 GMT"), VISIT_PASSING, "out of order");
	assert_int_equal(visit.wait_ms, 60000);
	fails(take_status(503, NULL, "99999999999999999"), VISIT_PASSING, "out of order");
	assert_int_equal(visit.wait_ms, VISIT_WAIT_MAX_MS);
	fails(take_status(503, NULL, "soon"), VISIT_PASSING, "out of order");
	assert_int_equal(visit.wait_ms, 0);
	fails(take_status(403, NULL, NULL), VISIT_PASSING, "refuses");
	fails(take_status(204, NULL, NULL), VISIT_WRONG, "status 204");
	fails(visit_take(&visit, &(struct visit_answer){.error = -ENOENT, .reason = "no such name"}),
			VISIT_PASSING, "no such name");
	fails(visit_take(&visit, &(struct visit_answer){.error = -EMSGSIZE, .reason = ""}), VISIT_WRONG,
			"too large");
}

static void test_specials_that_are_missing_are_asked_for_again(void **state)
{
	(void)state;
	begin("tvmaze:139", NULL);
	assert_int_equal(take_body(SHOW), VISIT_ASK);
	fails(take_status(404, NULL, NULL), VISIT_PASSING, "specials");
	fails(take_body("{}"), VISIT_WRONG, "specials");
}

/* ---------------------------------------------------------------- TMDB */

static void test_seasons_come_nineteen_at_a_time(void **state)
{
	struct visit_request request;

	(void)state;
	begin("tmdb:7", NULL);
	assert_int_equal(visit_request(&visit, &request), 0);
	assert_true(str_starts(
			str_text(&request.url), TMDB "/3/tv/7?append_to_response=credits%2Cseason%2F0%2C"));
	assert_non_null(strstr(str_text(&request.url), "season%2F18"));
	visit_request_release(&request);
	assert_int_equal(visit_take(&visit, &(struct visit_answer){.status = 200,
							    .body = SERIES("21"),
							    .body_bytes = strlen(SERIES("21")),
							    .etag = "\"v1\""}),
			VISIT_ASK);
	assert_string_equal(visit.learned.etag, ""); /* it says nothing of the other page */
	assert_int_equal(visit_request(&visit, &request), 0);
	assert_non_null(strstr(str_text(&request.url), "credits%2Cseason%2F19%2C"));
	visit_request_release(&request);
	assert_int_equal(take_body(SERIES("21")), VISIT_DONE);
	assert_int_equal(visit.document_count, 2);
	begin("tmdb:7", NULL);
	assert_int_equal(take_body(SERIES("18")), VISIT_DONE);
	assert_string_equal(visit.found[0].url, "https://www.themoviedb.org/tv/7");
}

static void test_seasons_without_end(void **state)
{
	unsigned pages = 1;

	(void)state;
	begin("tmdb:7", NULL);
	while (take_body(SERIES("999999")) == VISIT_ASK)
		pages++;
	assert_int_equal(pages, 10);
}

static void test_a_token_that_is_refused(void **state)
{
	(void)state;
	begin("tmdb:7", NULL);
	fails(take_status(401, NULL, NULL), VISIT_REFUSED, "episoded secret set tmdb-key");
	begin("tmdb:8", NULL);
	fails(take_body(SERIES("1")), VISIT_WRONG, "another show");
	fails(take_body("{\"success\":false}"), VISIT_WRONG, "else than a series");
}

static void test_too_many_bytes(void **state)
{
	struct visit_answer answer = {
			.status = 200, .body = SERIES("999"), .body_bytes = sizeof(SERIES("999")) - 1};

	(void)state;
	begin("tmdb:7", NULL);
	visit.bytes = VISIT_ALL_MAX_BYTES - 5;
	fails(visit_take(&visit, &answer), VISIT_WRONG, "more data");
}

#define TEST(name) cmocka_unit_test_teardown(name, release)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_addresses),
			TEST(test_addresses_of_pages),
			TEST(test_a_name_is_searched_and_the_exact_one_is_taken),
			TEST(test_a_name_that_is_not_found),
			TEST(test_a_number_of_imdb_follows_the_redirect),
			TEST(test_a_redirect_stays_on_the_site),
			TEST(test_only_what_has_changed),
			TEST(test_validators_are_kept_unless_they_could_harm),
			TEST(test_answers_that_lie),
			TEST(test_a_show_that_has_moved),
			TEST(test_statuses),
			TEST(test_specials_that_are_missing_are_asked_for_again),
			TEST(test_seasons_come_nineteen_at_a_time),
			TEST(test_seasons_without_end),
			TEST(test_a_token_that_is_refused),
			TEST(test_too_many_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
