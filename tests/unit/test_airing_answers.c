/* What commands answer about a show that still airs, line by line, at chosen times. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>

#include "bot/base/zone.h"
#include "bot/core/dispatch.h"

#define ANSWER_BYTES 4096

/* Sundays at 21:00 in New York; the clocks go back on 1 November 2026. */
static const char SERIAL[] =
		"{\"name\":\"Harbour Lights\",\"status\":\"Running\",\"premiered\":\"2026-10-25\","
		"\"network\":{\"name\":\"N\",\"country\":{\"timezone\":\"America/New_York\"}},"
		"\"schedule\":{\"time\":\"21:00\",\"days\":[\"Sunday\"]},\"episodes\":["
		"{\"season\":1,\"number\":1,\"name\":\"Tide\",\"airdate\":\"2026-10-25\",\"airtime\":\"21:"
		"00\","
		"\"airstamp\":\"2026-10-26T01:00:00+00:00\",\"summary\":\"The harbour "
		"wakes.\",\"teaser\":\"One.\"},"
		"{\"season\":1,\"number\":2,\"name\":\"Fog\",\"airdate\":\"2026-11-01\",\"airtime\":\"21:"
		"00\","
		"\"summary\":\"The fog comes.\",\"teaser\":\"Two.\"},"
		"{\"season\":1,\"number\":3,\"name\":\"Lamp\",\"airdate\":\"2026-11-08\",\"airtime\":\"\","
		"\"airstamp\":\"2026-11-08T12:00:00+00:00\",\"summary\":\"The lamp "
		"burns.\",\"teaser\":\"Three.\"},"
		"{\"season\":1,\"number\":4,\"name\":\"Pier\",\"airdate\":\"2026-12\",\"summary\":\"The pier "
		"breaks.\","
		"\"teaser\":\"Four.\"},"
		"{\"season\":1,\"number\":5,\"name\":\"Sea\",\"airdate\":\"\",\"summary\":\"The sea takes "
		"it.\","
		"\"teaser\":\"Five.\"}]}";

/* All at once, on a service without a zone. */
static const char STREAMED[] =
		"{\"name\":\"Salt\",\"premiered\":\"2026-11-20\",\"webChannel\":{\"name\":\"W\",\"country\":"
		"null},"
		"\"episodes\":[{\"season\":1,\"number\":1,\"airdate\":\"2026-11-20\",\"airtime\":\"\","
		"\"airstamp\":\"2026-11-20T12:00:00+00:00\",\"summary\":\"Salt is "
		"found.\",\"teaser\":\"One.\"},"
		"{\"season\":1,\"number\":2,\"airdate\":\"2026-11-20\",\"airtime\":\"\","
		"\"airstamp\":\"2026-11-20T12:00:00+00:00\",\"summary\":\"Salt is "
		"lost.\",\"teaser\":\"Two.\"}]}";

struct stage {
	struct folder folder;
	struct catalogue *catalogue;
	struct dispatch *dispatch;
	char zone[ZONE_NAME_BYTES];
	char answer[ANSWER_BYTES];
	int64_t moment_s;
	unsigned asked;
};

static bool zone_of(void *user, const char *gateway, const struct message *author, char ret[ZONE_NAME_BYTES])
{
	const struct stage *stage = user;

	(void)gateway;
	(void)author;
	memcpy(ret, stage->zone, ZONE_NAME_BYTES);
	return *ret != '\0';
}

static void set_up(struct stage *stage, const char *dataset)
{
	struct dispatch_host host = {.orders = {.user = stage, .zone = zone_of}};
	struct str report = STR(REPORT_MAX_BYTES);

	*stage = (struct stage){0};
	folder_init(&stage->folder);
	folder_add(&stage->folder, "show.json", dataset);
	assert_int_equal(catalogue_load(stage->folder.path, &report, &stage->catalogue), 0);
	assert_string_equal(str_text(&report), "");
	str_release(&report);
	assert_int_equal(dispatch_new(&host, 1, &stage->dispatch), 0);
	dispatch_configure(stage->dispatch, "!", stage->catalogue, NULL);
}

static void tear_down(struct stage *stage)
{
	dispatch_free(stage->dispatch);
	catalogue_free(stage->catalogue);
	folder_release(&stage->folder);
}

/* The answer as lines; what is veiled is between bars. */
static void show_reply(struct stage *stage, const struct reply *reply)
{
	struct str text = STR(ANSWER_BYTES);

	str_printf(&text, "%s", reply->title ? reply->title : "");
	if (reply->text)
		str_printf(&text, reply->is_text_veiled ? "\n|%s|" : "\n%s", reply->text);
	for (size_t i = 0; i < reply->field_count; i++)
		str_printf(&text, "\n%s: %s", reply->fields[i].name, reply->fields[i].value);
	for (size_t i = 0; i < reply->item_count; i++)
		str_printf(&text, "\n%s", reply->items[i].text);
	assert_int_equal(text.error, 0);
	snprintf(stage->answer, sizeof(stage->answer), "%s", str_text(&text));
	stage->moment_s = reply->moment_s;
	str_release(&text);
}

/* Ask at "2026-11-29 20:00" UTC, each time as another person, without a context. */
static const char *ask(struct stage *stage, const char *now, const char *question_text)
{
	struct zone_time time = {0};
	char id[16];
	struct message message = {.id = id,
			.channel = "#tv",
			.author_id = id,
			.author_name = "x",
			.account = "",
			.text = question_text,
			.has_private = true};
	struct question question;
	struct answer answer;

	assert_int_equal(sscanf(now, "%d-%d-%d %d:%d", &time.year, &time.month, &time.day, &time.hour,
					 &time.minute),
			5);
	snprintf(id, sizeof(id), "%u", stage->asked++);
	message.time_ms = (uint64_t)zone_moment("", &time) * 1000;
	question = dispatch_recognise(stage->dispatch, "test", &message, 1000);
	assert_int_equal(question.kind, QUESTION_COMMAND);
	dispatch_answer(stage->dispatch, "test", &message, &question, 1000, &answer);
	assert_non_null(answer.reply);
	show_reply(stage, answer.reply);
	dispatch_keep(stage->dispatch, &answer, 0, 1000);
	return stage->answer;
}

static void a_show_that_airs_each_sunday(void **state)
{
	static const struct {
		const char *now, *question, *answer;
	} ASKED[] = {
			/* Nothing has aired. */
			{"2026-10-20 12:00", "!next",
					"Harbour Lights\nEpisode 1 airs on Sunday 25 October at 21:00 (New "
					"York), in 5 days."},
			{"2026-10-20 12:00", "!airdate",
					"Harbour Lights\nStarts on Sunday 25 October at 21:00 (New York), in "
					"5 days."},
			{"2026-10-20 12:00", "!random",
					"\nThere's no synopsis of Harbour Lights that I may tell yet."},
			/* The evening of the first one: the clock of the question decides. */
			{"2026-10-26 00:59", "!airdate 1",
					"Episode 1: Tide\nAirs tonight at 21:00 (New York)."},
			{"2026-10-26 00:59", "!next",
					"Harbour Lights\nEpisode 1 airs tonight at 21:00 (New York)."},
			{"2026-10-26 01:00", "!airdate 1",
					"Episode 1: Tide\nFirst shown tonight at 21:00 (New York)."},
			/* The hour of the second one is computed, after the clocks have changed. */
			{"2026-11-02 01:59", "!next",
					"Harbour Lights\nEpisode 2 airs tonight at 21:00 (New York)."},
			{"2026-11-02 02:00", "!next",
					"Harbour Lights\nEpisode 3 airs on Sunday 8 November, in 7 days."},
			/* Of the third one only the day is known; it is not told before the usual hour. */
			{"2026-11-09 01:59", "!next", "Harbour Lights\nEpisode 3 airs today."},
			{"2026-11-09 02:00", "!next", "Harbour Lights\nEpisode 4 airs in December 2026."},
			{"2027-01-02 12:00", "!next",
					"Harbour Lights\nEpisode 5 is next. Its date is not announced yet."},
			{"2027-01-02 12:00", "!airdate 5", "Episode 5: Sea\nThe date is not announced yet."},
			{"2026-11-02 12:00", "!airdate 4", "Episode 4: Pier\nAirs in December 2026."},
			{"2026-11-02 12:00", "!airdate 1",
					"Episode 1: Tide\nFirst shown on 25 October 2026 (8 days ago)."},
			{"2031-01-02 12:00", "!airdate",
					"Harbour Lights\nFirst shown on 25 October 2026 (4 years ago). "
					"Episode 5 is next. "
					"Its date is not announced yet."},
	};
	struct stage stage;

	(void)state;
	set_up(&stage, SERIAL);
	for (size_t i = 0; i < sizeof(ASKED) / sizeof(ASKED[0]); i++)
		assert_string_equal(ask(&stage, ASKED[i].now, ASKED[i].question), ASKED[i].answer);
	tear_down(&stage);
}

static void an_unaired_episode_says_when_and_not_what(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, SERIAL);
	assert_non_null(strstr(ask(&stage, "2026-11-02 01:59", "!episode 2"), "|The fog comes.|"));
	assert_non_null(strstr(stage.answer, "\nAirs: tonight at 21:00 (New York)"));
	assert_int_equal(stage.moment_s, 1793584800);
	assert_non_null(strstr(ask(&stage, "2026-11-02 02:00", "!episode 2"), "\nThe fog comes."));
	assert_non_null(strstr(stage.answer, "\nFirst shown: tonight at 21:00 (New York)"));
	assert_non_null(strstr(ask(&stage, "2026-11-02 02:00", "!episode 3"),
			"\nAirs: Sunday 8 November, in 7 days"));
	assert_int_equal(stage.moment_s, 0);
	tear_down(&stage);
}

static void hours_are_those_of_the_person_who_asks(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, SERIAL);
	snprintf(stage.zone, sizeof(stage.zone), "Europe/Berlin");
	assert_string_equal(ask(&stage, "2026-10-25 12:00", "!airdate 1"),
			"Episode 1: Tide\nAirs tomorrow at 02:00 (Berlin).");
	snprintf(stage.zone, sizeof(stage.zone), "Asia/Kathmandu");
	assert_string_equal(ask(&stage, "2026-10-25 12:00", "!next"),
			"Harbour Lights\nEpisode 1 airs tomorrow at 06:45 (Kathmandu).");
	snprintf(stage.zone, sizeof(stage.zone), "Pacific/Honolulu");
	assert_string_equal(ask(&stage, "2026-10-25 12:00", "!next"),
			"Harbour Lights\nEpisode 1 airs today at 15:00 (Honolulu).");
	tear_down(&stage);
}

static void a_release_of_a_service_is_a_day(void **state)
{
	struct stage stage;

	(void)state;
	set_up(&stage, STREAMED);
	assert_string_equal(ask(&stage, "2026-11-20 11:59", "!airdate"),
			"Salt\nStarts today, both episodes at once.");
	assert_non_null(strstr(ask(&stage, "2026-11-20 11:59", "!episode 1"), "|Salt is found.|"));
	assert_non_null(strstr(ask(&stage, "2026-11-20 12:00", "!episode 1"), "\nSalt is found."));
	assert_string_equal(ask(&stage, "2026-11-20 12:00", "!next"), "Salt\nBoth are out since today.");
	assert_string_equal(ask(&stage, "2026-11-28 12:00", "!next"),
			"Salt\nBoth are out since 20 November 2026.");
	assert_non_null(strstr(ask(&stage, "2026-11-10 12:00", "!episodes"),
			"\nAll air on Friday 20 November, in 10 days."));
	tear_down(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_show_that_airs_each_sunday),
			cmocka_unit_test(an_unaired_episode_says_when_and_not_what),
			cmocka_unit_test(hours_are_those_of_the_person_who_asks),
			cmocka_unit_test(a_release_of_a_service_is_a_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
