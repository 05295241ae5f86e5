/*
 * A simulated year of a refreshed show: a site whose people edit it, and which fails, lies and limits by dice. In the end
 * the copy has what the site has, no answer made it worse on the way, and no more requests were sent than are allowed.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/json.h"
#include "bot/base/random.h"
#include "bot/daemon/refresh_file.h"
#include "bot/fetch/due.h"

#define YEAR         365u
#define EPISODES_MAX 80
#define SEEDS        6u
#define WALL_MS      1700000000000ull

/* ---------------------------------------------------------------- the site */

struct site_episode {
	char name[60], summary[120];
	unsigned day;  /* of 2025 */
	bool has_hour; /* "21:00" */
};

struct site {
	struct random *random;
	struct site_episode episodes[EPISODES_MAX];
	size_t count;
	unsigned updated;
	bool has_etags;
};

enum lie { LIE_NOT, LIE_FEWER, LIE_EMPTIED, LIE_NO_HOURS, LIE_OTHER_SHOW, LIE_EMPTY, LIES };

static void add_episode(struct site *site)
{
	struct site_episode *episode = &site->episodes[site->count++];

	*episode = (struct site_episode){.day = (unsigned)site->count * 4};
	snprintf(episode->name, sizeof(episode->name), "The pier, part %zu", site->count);
	if (random_below(site->random, 2))
		snprintf(episode->summary, sizeof(episode->summary), "A boat is late for the %zu. time.",
				site->count);
	episode->has_hour = random_below(site->random, 2);
}

/* What the people of the site do on some days. */
static void edit_site(struct site *site)
{
	struct site_episode *episode = &site->episodes[random_below(site->random, site->count)];

	switch (random_below(site->random, 12)) {
	case 0:
		if (site->count < EPISODES_MAX)
			add_episode(site);
		break;
	case 1:
		snprintf(episode->name, sizeof(episode->name), "The ferry in storm %u",
				site->updated % 10000);
		break;
	case 2:
		snprintf(episode->summary, sizeof(episode->summary),
				"The keeper finds letter number %u in the lamp room.", site->updated % 10000);
		break;
	case 3: episode->day = 1 + (unsigned)random_below(site->random, 360); break;
	case 4: episode->has_hour = true; break;
	default: return;
	}
	site->updated += 60;
}

static void append_episode(const struct site *site, size_t i, enum lie lie, struct str *str)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const struct site_episode *episode = &site->episodes[i];
	bool has_hour = episode->has_hour && lie != LIE_NO_HOURS && lie != LIE_EMPTIED;
	int month = 0, day = (int)episode->day;

	for (; day > days[month]; month++)
		day -= days[month];
	str_printf(str,
			"%s{\"id\":%zu,\"season\":1,\"number\":%zu,\"type\":\"regular\",\"name\":\"%s\","
			"\"airdate\":"
			"\"2025-%02d-%02d\",\"airtime\":\"%s\",\"airstamp\":\"2025-%02d-%02dT%s:00:00+00:"
			"00\",",
			i ? "," : "", 1000 + i, i + 1, episode->name, month + 1, day, has_hour ? "21:00" : "",
			month + 1, day, has_hour ? "21" : "12");
	if (*episode->summary && lie != LIE_EMPTIED)
		str_printf(str, "\"summary\":\"<p>%s</p>\"}", episode->summary);
	else
		str_append(str, "\"summary\":null}");
}

static void append_list(const struct site *site, enum lie lie, struct str *str)
{
	size_t count = lie == LIE_EMPTY ? 0 : lie == LIE_FEWER ? (site->count + 1) / 2 : site->count;

	str_append_char(str, '[');
	for (size_t i = 0; i < count; i++)
		append_episode(site, i, lie, str);
	str_append_char(str, ']');
}

static void append_show(const struct site *site, enum lie lie, struct str *str)
{
	str_printf(str,
			"{\"id\":%d,\"url\":\"https://www.tvmaze.com/shows/139/"
			"harbour-lights\",\"name\":\"Harbour "
			"Lights\",\"type\":\"Scripted\",\"language\":\"English\",\"genres\":[],\"status\":"
			"\"Running\","
			"\"premiered\":\"2025-01-05\",\"network\":{\"id\":1,\"name\":\"Tide\",\"country\":{"
			"\"name\":"
			"\"Iceland\",\"code\":\"IS\",\"timezone\":\"Atlantic/"
			"Reykjavik\"}},\"summary\":\"<p>A town by "
			"the sea.</p>\",\"updated\":%u,\"_embedded\":{\"episodes\":",
			lie == LIE_OTHER_SHOW ? 140 : 139, site->updated);
	append_list(site, lie, str);
	str_append(str, "}}");
}

/* ---------------------------------------------------------------- the machine */

struct machine {
	struct random random;
	struct site site;
	struct due due;
	struct visit_known known;
	uint64_t now_ms; /* monotonic, from the start of the year */
	char folder[64], path[128], copies[128], copy[160];
	unsigned visits, documents, changes, unchanged;
};

/* One answer of the site, with a fault by dice. is_good: without faults. */
static enum visit_step answer(struct machine *machine, struct visit *visit, enum lie lie, bool is_good)
{
	const uint64_t dice = is_good ? 100 : random_below(&machine->random, 100);
	struct visit_answer answer = {.status = 200, .body = ""};
	struct str body = STR(1024 * 1024);
	char etag[32];
	enum visit_step step;

	if (visit->stage == VISIT_SHOW)
		append_show(&machine->site, lie, &body);
	else
		append_list(&machine->site, lie, &body);
	snprintf(etag, sizeof(etag), "\"%016llx\"",
			(unsigned long long)str_hash(0, str_text(&body), body.length));
	answer.body = str_text(&body);
	answer.body_bytes = body.length;
	answer.etag = machine->site.has_etags ? etag : NULL;
	if (dice < 4)
		answer = (struct visit_answer){
				.status = 429, .body = "", .retry_after = dice < 2 ? "120" : NULL};
	else if (dice < 7)
		answer = (struct visit_answer){.status = 503, .body = "<html></html>"};
	else if (dice < 9)
		answer = (struct visit_answer){.error = -ETIMEDOUT, .reason = "timed out", .body = ""};
	else if (dice < 11)
		answer.body_bytes /= 2;
	else if (dice < 13)
		answer = (struct visit_answer){.status = 200, .body = "<!DOCTYPE html>", .body_bytes = 15};
	else if (dice < 14)
		answer = (struct visit_answer){.status = 404, .body = ""};
	else if (visit->stage == VISIT_SHOW && answer.etag && strcmp(visit->known.etag, etag) == 0)
		answer.status = 304;
	step = visit_take(visit, &answer);
	str_release(&body);
	return step;
}

static void make_copy(struct machine *machine, struct visit *visit)
{
	struct refresh_job *job = refresh_job_new(machine->path, machine->copies, visit);

	assert_non_null(job);
	refresh_job_run(job);
	if (job->error && job->error != -EBADMSG)
		fail_msg("%s: %s", strerror(-job->error), str_text(&job->report));
	if (!job->error)
		machine->known = visit->learned;
	machine->changes += job->has_changed;
	refresh_job_free(job);
}

static void visit_site(struct machine *machine, bool is_good)
{
	const enum lie lie = is_good || random_below(&machine->random, 5)
					     ? LIE_NOT
					     : random_below(&machine->random, LIES);
	struct fetch_address address;
	struct visit visit;
	enum visit_step step;

	assert_null(fetch_address_read("tvmaze:139", &address));
	assert_int_equal(visit_begin(&visit, &address, NULL, &machine->known), 0);
	machine->visits++;
	do {
		machine->documents++;
		step = answer(machine, &visit, lie, is_good);
	} while (step == VISIT_ASK);
	machine->unchanged += step == VISIT_SAME;
	due_asked(&machine->due, step == VISIT_FAILED && visit.fault == VISIT_PASSING, visit.wait_ms,
			machine->now_ms, WALL_MS + machine->now_ms, &machine->random);
	if (step == VISIT_DONE)
		make_copy(machine, &visit);
	visit_release(&visit);
}

/* ---------------------------------------------------------------- what the copy has */

static struct json *read_copy(const struct machine *machine)
{
	struct json *json = NULL;

	assert_int_equal(json_parse_file(machine->copy, 0, &json), 0);
	assert_false(json_is_broken(json));
	return json;
}

static const char *text_of(struct json_node *node, const char *key)
{
	const char *text = json_string(json_get(node, key));

	return text ? text : "";
}

/* What the copy knew before. */
struct knowledge {
	size_t count, summaries;
	char dates[EPISODES_MAX][16];
	bool has_hour[EPISODES_MAX];
};

/* It never becomes less; an episode that moves to another day may lose its hour. */
static void assert_knows_no_less(const struct machine *machine, struct knowledge *before)
{
	struct json *json = read_copy(machine);
	struct knowledge now = {0};

	for (struct json_node *node = json_first(json_get(json_root(json), "episodes")); node;
			node = json_next(node), now.count++) {
		assert_true(now.count < EPISODES_MAX);
		now.summaries += *text_of(node, "summary") != '\0';
		now.has_hour[now.count] = *text_of(node, "airstamp") != '\0';
		snprintf(now.dates[now.count], sizeof(now.dates[0]), "%s", text_of(node, "airdate"));
		if (before->has_hour[now.count] &&
				strcmp(before->dates[now.count], now.dates[now.count]) == 0)
			assert_true(now.has_hour[now.count]);
	}
	assert_true(now.count >= before->count && now.summaries >= before->summaries);
	*before = now;
	json_free(json);
}

static void assert_is_current(const struct machine *machine)
{
	struct json *json = read_copy(machine);
	struct json_node *episodes = json_get(json_root(json), "episodes"), *node = json_first(episodes);

	assert_int_equal(json_count(episodes), machine->site.count);
	for (size_t i = 0; i < machine->site.count; i++, node = json_next(node)) {
		const struct site_episode *episode = &machine->site.episodes[i];

		assert_int_equal(json_number(json_get(node, "number")), i + 1);
		assert_string_equal(text_of(node, "name"), episode->name);
		assert_string_equal(text_of(node, "summary"), episode->summary);
		assert_int_equal(*text_of(node, "airstamp") != '\0', episode->has_hour);
	}
	/* What the owner has written is there. */
	assert_string_equal(text_of(json_first(episodes), "teaser"), "Someone turns the lamp off.");
	assert_string_equal(text_of(json_root(json), "refresh"), "daily");
	json_free(json);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void begin(struct machine *machine, unsigned seed)
{
	*machine = (struct machine){.folder = "/tmp/refresh-year-XXXXXX"};
	random_seed(&machine->random, seed);
	machine->site = (struct site){
			.random = &machine->random, .updated = 1700000000, .has_etags = seed % 2};
	for (int i = 0; i < 5; i++)
		add_episode(&machine->site);
	assert_non_null(mkdtemp(machine->folder));
	snprintf(machine->path, sizeof(machine->path), "%s/harbour-lights.json", machine->folder);
	snprintf(machine->copies, sizeof(machine->copies), "%s/shows", machine->folder);
	snprintf(machine->copy, sizeof(machine->copy), "%s/harbour-lights.json", machine->copies);
	write_file(machine->path,
			"{// of the owner\n\"name\": \"Harbour Lights\", \"refresh\": \"daily\", \"id\": "
			"139, \"url\": "
			"\"https://www.tvmaze.com/shows/139/harbour-lights\", \"episodes\": [{\"season\": 1, "
			"\"number\": "
			"1, \"name\": \"The pier, part 1\", \"teaser\": \"Someone turns the lamp off.\"}]}");
	due_start(&machine->due, "", 0, WALL_MS, &machine->random);
}

static void end(struct machine *machine)
{
	unlink(machine->copy);
	rmdir(machine->copies);
	unlink(machine->path);
	assert_int_equal(rmdir(machine->folder), 0);
}

static void run_year(unsigned seed)
{
	struct machine machine;
	struct knowledge knowledge = {0};
	unsigned day = 0;

	begin(&machine, seed);
	while (day < YEAR) {
		if (machine.due.next_ms >= (day + 1) * DUE_DAY_MS) {
			edit_site(&machine.site);
			day++;
			continue;
		}
		machine.now_ms = machine.due.next_ms;
		visit_site(&machine, false);
		if (machine.changes)
			assert_knows_no_less(&machine, &knowledge);
	}
	visit_site(&machine, true);
	if (machine.unchanged == 0 || machine.changes == 0)
		fail_msg("seed %u: the year has no quiet day, or no change", seed);
	assert_is_current(&machine);
	/* One visit a day, and at most two more on a day that fails; two documents for each. */
	assert_in_range(machine.visits, YEAR * 9 / 10, YEAR * 3 / 2);
	assert_true(machine.documents <= 2 * machine.visits);
	print_message("seed %u: %zu episodes, %u visits, %u documents, %u unchanged, %u changes\n", seed,
			machine.site.count, machine.visits, machine.documents, machine.unchanged,
			machine.changes);
	end(&machine);
}

static void test_a_year_ends_with_the_right_data(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++)
		run_year(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_year_ends_with_the_right_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
