/* For every episode of generated shows, each form in which it can be written finds it. */

#include "tests/unit/catalogue_folder.h"

#include "bot/base/random.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/telling.h"

#define SHOWS       60
#define SEASONS_MAX 5
#define WORDS_BYTES 256

/* How a show numbers its episodes. */
enum numbering {
	NUMBERING_BY_SEASON, /* each season begins with 1 */
	NUMBERING_ABSOLUTE,  /* the seasons continue each other's numbers */
	NUMBERING_BY_YEAR,   /* the seasons are years */
	NUMBERING_COUNT,
};

struct maker {
	struct random random;
	enum numbering numbering;
	struct str json;
	int day; /* of the last episode, since the first of January of the year 2001; months have 28 days here */
	int count;
};

static void add_episode(struct maker *maker, int season, int number)
{
	struct str *json = &maker->json;

	maker->day += 1 + (int)random_below(&maker->random, 9);
	str_printf(json, "%s{\"season\": %d, \"number\": %d", maker->count++ ? "," : "", season, number);
	if (random_below(&maker->random, 3) > 0)
		str_printf(json, ", \"name\": \"Tale of the %s %d\"",
				random_below(&maker->random, 2) ? "river" : "hill", 1000 + maker->count);
	if (random_below(&maker->random, 5) > 0)
		str_printf(json, ", \"airdate\": \"%04d-%02d-%02d\"", 2001 + maker->day / 336,
				maker->day / 28 % 12 + 1, maker->day % 28 + 1);
	str_append_char(json, '}');
}

static void add_season(struct maker *maker, int season, int *number)
{
	int episodes = 1 + (int)random_below(&maker->random, 30);

	if (maker->numbering != NUMBERING_ABSOLUTE)
		*number = 0;
	for (int i = 0; i < episodes; i++) {
		/* Gaps of one or two numbers. */
		*number += 1 + (random_below(&maker->random, 6) == 0) *
					       (1 + (int)random_below(&maker->random, 2));
		add_episode(maker, season, *number);
	}
	if (random_below(&maker->random, 3) == 0)
		add_episode(maker, season, 0);
}

static struct catalogue *make_show(uint64_t seed)
{
	struct maker maker = {.json = STR(1000000)};
	struct catalogue *catalogue;
	int number = 0, seasons, first;

	random_seed(&maker.random, seed);
	maker.numbering = (enum numbering)random_below(&maker.random, NUMBERING_COUNT);
	seasons = 1 + (int)random_below(&maker.random, SEASONS_MAX);
	first = maker.numbering == NUMBERING_BY_YEAR ? 2019 : 1 + (int)random_below(&maker.random, 2);
	str_append(&maker.json, "{\"name\": \"Generated\", \"episodes\": [");
	for (int i = 0; i < seasons; i++)
		add_season(&maker, first + i, &number);
	for (int i = (int)random_below(&maker.random, 4); i > 0; i--)
		add_episode(&maker, 0, i * 2);
	str_append(&maker.json, "]}");
	catalogue = catalogue_of(str_text(&maker.json));
	str_release(&maker.json);
	return catalogue;
}

static void expect(const struct episode *episode, const char *words)
{
	struct reference reference;

	reference_resolve(episode->show, words, NULL, &reference);
	if (reference.kind != REFERENCE_FOUND || reference.candidates[0] != episode)
		fail_msg("\"%s\" should be season %d, number %d, special %d; it is kind %d: %s (season %d, "
			 "number %d)",
				words, episode->season, episode->number, episode->special, reference.kind,
				reference.reason,
				reference.candidate_count ? reference.candidates[0]->season : -1,
				reference.candidate_count ? reference.candidates[0]->number : -1);
}

static void expect_all(
		const struct episode *episode, const char *const *forms, size_t count, int first, int second)
{
	char words[WORDS_BYTES];

	for (size_t i = 0; i < count; i++) {
		size_t length = 0;

		/* "S" is the first number, "N" the second. */
		for (const char *at = forms[i]; *at; at++) {
			if (*at == 'S' || *at == 'N')
				length += (size_t)snprintf(words + length, sizeof(words) - length, "%d",
						*at == 'S' ? first : second);
			else
				words[length++] = *at;
		}
		words[length] = '\0';
		expect(episode, words);
	}
}

static void check_regular(const struct episode *episode)
{
	static const char *const IN_SEASON[] = {"sSeN", "SxN", "season S episode N", "episode N of season S",
			"season S, episode N", "staffel S folge N", "N of season S", "<sSeN>", "**SxN**",
			"sSeN please", "what happens in sSeN", "第S季第N集", "시즌 S N화"};
	static const char *const ALONE[] = {"N", "#N", "ep N", "episode N", "eN", "N화", "第N話", "folge N",
			"N.", "\"N\"", "what happens in episode N?"};

	expect_all(episode, IN_SEASON, COUNT_OF(IN_SEASON), episode->season, episode->number);
	expect_all(episode, ALONE, COUNT_OF(ALONE), 0, episode->absolute);
}

static void check_special(const struct episode *episode)
{
	static const char *const FORMS[] = {"s00eN", "0xN", "special N", "season 0 episode N", "special #N",
			"episode N of season 0", "spN"};

	expect_all(episode, FORMS, COUNT_OF(FORMS), 0, episode->special);
}

static size_t same_date(const struct show *show, struct date date)
{
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count; i++)
		count += date_equal(show->episodes[i].airdate, date);
	return count;
}

static void check_date(const struct episode *episode)
{
	struct date date = episode->airdate;
	char words[WORDS_BYTES], text[DATE_BYTES];

	if (!date.year || same_date(episode->show, date) != 1)
		return;
	expect(episode, date_text(date, text));
	snprintf(words, sizeof(words), "%04d-%02d-%02d", date.year, date.month, date.day);
	expect(episode, words);
	snprintf(words, sizeof(words), "%d.%d.%d", date.day, date.month, date.year);
	expect(episode, words);
	snprintf(words, sizeof(words), "episode of %d年%d月%d日", date.year, date.month, date.day);
	expect(episode, words);
}

static void each_form_finds_its_episode(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SHOWS; seed++) {
		struct catalogue *catalogue = make_show(seed);
		const struct show *show = catalogue_at(catalogue, 0);

		for (size_t i = 0; i < show->episode_count; i++) {
			const struct episode *episode = &show->episodes[i];
			char text[EPISODE_LABEL_BYTES];

			expect(episode, episode_code(episode, text));
			if (!episode->is_name_generic && strcmp(telling_text(episode->name), "Untitled") != 0)
				expect(episode, telling_text(episode->name));
			check_date(episode);
			if (episode->order)
				check_regular(episode);
			else
				check_special(episode);
		}
		catalogue_free(catalogue);
	}
}

/* Numbers that no episode has are never another episode. */
static void a_gap_is_no_episode(void **state)
{
	size_t gaps = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SHOWS; seed++) {
		struct catalogue *catalogue = make_show(seed);
		const struct show *show = catalogue_at(catalogue, 0);

		for (int order = 2; order <= show->last_order; order++) {
			const struct episode *before = show_episode(show, order - 1), *after = before + 1;

			for (int number = before->number + 1;
					before->season == after->season && number < after->number; number++) {
				struct reference reference;
				char words[WORDS_BYTES];

				snprintf(words, sizeof(words), "s%de%d", before->season, number);
				reference_resolve(show, words, NULL, &reference);
				assert_int_equal(reference.kind, REFERENCE_MISSING);
				assert_int_equal(reference.candidate_count, 2);
				assert_ptr_equal(reference.candidates[0], before);
				assert_ptr_equal(reference.candidates[1], after);
				gaps++;
			}
		}
		catalogue_free(catalogue);
	}
	assert_true(gaps > SHOWS);
}

/* A step forward from a special is never back in time, and a step back undoes it. */
static void specials_have_neighbours(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SHOWS; seed++) {
		struct catalogue *catalogue = make_show(seed);
		const struct show *show = catalogue_at(catalogue, 0);

		for (size_t i = (size_t)show->last_order; i < show->episode_count; i++) {
			const struct episode *special = &show->episodes[i],
					     *next = show_neighbour(special, +1);

			assert_true(!next || next != special);
			if (next && !next->order && next->airdate.year && special->airdate.year)
				assert_ptr_equal(show_neighbour(next, -1), special);
			if (next && special->airdate.year)
				assert_true(date_compare(special->airdate, next->airdate) <= 0);
		}
		catalogue_free(catalogue);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(each_form_finds_its_episode),
			cmocka_unit_test(a_gap_is_no_episode),
			cmocka_unit_test(specials_have_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
