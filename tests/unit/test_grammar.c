/* The forms in which people write an episode. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/grammar.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define READ_BYTES      512

static void append_point(struct str *str, const struct grammar_point *point)
{
	static const char *const KINDS[] = {[GRAMMAR_NUMBER] = "number",
			[GRAMMAR_SEASON] = "season",
			[GRAMMAR_SPECIAL] = "special",
			[GRAMMAR_FIRST] = "first",
			[GRAMMAR_LATEST] = "latest",
			[GRAMMAR_NTH_LAST] = "nth last",
			[GRAMMAR_FROM_END] = "from end",
			[GRAMMAR_FINALE] = "finale",
			[GRAMMAR_MIDDLE] = "middle",
			[GRAMMAR_NEXT] = "next",
			[GRAMMAR_DATE] = "date",
			[GRAMMAR_DAY] = "day",
			[GRAMMAR_WEEK] = "week",
			[GRAMMAR_MONTH] = "month",
			[GRAMMAR_WEEKDAY] = "weekday"};

	str_append(str, KINDS[point->kind]);
	if (point->kind == GRAMMAR_DATE) {
		str_printf(str, " %d-%d-%d", point->date.year, point->date.month, point->date.day);
		if (point->other.month)
			str_printf(str, " or %d-%d-%d", point->other.year, point->other.month,
					point->other.day);
		return;
	}
	if (point->kind == GRAMMAR_SEASON && point->season >= 0) {
		str_printf(str, " %d", point->season);
		return;
	}
	if (point->kind != GRAMMAR_SEASON)
		str_printf(str, " %d", point->number);
	if (point->kind == GRAMMAR_WEEKDAY)
		str_printf(str, " %s", point->season < 0 ? "last" : point->season > 0 ? "next" : "any");
	else if (point->season == GRAMMAR_PRESENT_SEASON)
		str_append(str, " of the present season");
	else if (point->season != GRAMMAR_ANY_SEASON && point->kind != GRAMMAR_DAY)
		str_printf(str, " of %d", point->season);
}

/* "5,6" -> "number 5, number 6"; "1-3" -> "number 1 to number 3"; words -> "". */
static void describe(const struct grammar *grammar, char ret[READ_BYTES])
{
	struct str str = STR(READ_BYTES - 1);

	for (size_t i = 0; i < grammar->count && grammar->form != GRAMMAR_WORDS; i++) {
		if (i > 0)
			str_append(&str, grammar->form == GRAMMAR_RANGE ? " to " : ", ");
		append_point(&str, &grammar->points[i]);
	}
	if (grammar->form != GRAMMAR_WORDS && grammar->is_weak)
		str_append(&str, "?");
	memcpy(ret, str_text(&str), str.length + 1);
	str_release(&str);
}

static void read_with(void (*read)(const char *normalized, struct grammar *ret), const char *text,
		char ret[READ_BYTES])
{
	struct str normalized = STR(8000);
	struct grammar grammar;

	utf8_normalize(&normalized, text);
	read(str_text(&normalized), &grammar);
	describe(&grammar, ret);
	str_release(&normalized);
}

struct sample {
	const char *expected;
	const char *texts[40];
};

static void expect(void (*read)(const char *normalized, struct grammar *ret), const struct sample *samples,
		size_t count)
{
	char found[READ_BYTES];
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; samples[i].texts[k]; k++) {
			read_with(read, samples[i].texts[k], found);
			if (strcmp(found, samples[i].expected) == 0)
				continue;
			print_message("\"%s\" should be \"%s\", is \"%s\"\n", samples[i].texts[k],
					samples[i].expected, found);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static void numbers(void **state)
{
	static const struct sample SAMPLES[] = {
			{"number 5", {"5", "05", "#5", "ep5", "ep 5", "ep.5", "EP.05", "e5", "E 5", "no. 5",
						     "nr 5", "№5", "episode 5", "Episode #5", "episode no. 5",
						     "episode number 5", "chapter 5", "part 5", "5th",
						     "the 5th", "5th episode", "the fifth one", "five",
						     "fifth", "episode five", "the fifth episode", "ep v",
						     "episode V", "episdoe 5", "epsiode 5", "episod 5",
						     "5 ep", "5 episode"}},
			{"number 5", {"<5>", "[5]", "(5)", "{5}", "\"5\"", "'5'", "`5`", "**5**", "*5*",
						     "_5_", "__5__", "~~5~~", "||5||", "“5”", "„5“", "‘5’",
						     "«5»", "「5」", "<episode 5>", "episode **5**", "5!",
						     "5?", "5.", "5…", "5,", "5 :)", "5 please", "5 pls?",
						     "please show me 5", "5 thanks!", "5️⃣", "⑤", "５",
						     "5 👍", "about episode 5"}},
			{"number 5", {"5화", "제5화", "제 5 화", "5회", "에피소드 5", "다섯 번째", "第5話",
						     "第５話", "第5话", "第5集", "第5回", "第五話", "第五集",
						     "5話", "エピソード5", "folge 5", "5. Folge",
						     "fünfte Folge", "épisode 5", "5e épisode",
						     "5ème épisode", "l'épisode 5", "cinquième épisode",
						     "episodio 5", "capítulo 5", "capitulo 5",
						     "el quinto capítulo", "puntata 5", "odcinek 5",
						     "серия 5", "5 серия", "5-я серия", "серия №5",
						     "пятая серия", "bölüm 5", "5. bölüm"}},
			{"number 5", {"avsnitt 5", "aflevering 5", "afsnit 5", "jakso 5", "الحلقة 5",
						     "الحلقة ٥", "ตอนที่ 5", "ตอนที่ ๕", "ตอน 5", "tập 5",
						     "एपिसोड 5", "एपिसोड ५", "επεισόδιο 5", "פרק 5",
						     "5. rész", "díl 5", "epizoda 5", "episodul 5", "5 of 12",
						     "5/12", "5 out of 12", "episode 5 of 12",
						     "5 of 12 episodes", "ep 5/12"}},
			{"number 21", {"twenty-one", "twenty one", "twenty first", "twenty-first episode",
						      "the twenty-first", "21st", "ep XXI", "第二十一話"}},
			{"number 99", {"ninety-nine", "ninety ninth", "九十九話"}},
			{"number 40", {"forty", "fortieth", "第四十話"}},
			{"number 12", {"twelve", "twelfth", "第十二話"}},
			{"number 105", {"105", "one hundred and five", "hundred five", "one hundred fifth"}},
			{"number 5?", {"V", "v"}},
			{"number 9?", {"IX"}},
			{"number 14?", {"XIV"}},
			{"number 89?", {"lxxxix"}},
			{"", {"mix", "did", "civil", "iiii", "vx", "ic", "livid", "ll", "vv", "ivi", "xlx"}},
			{"number 1000000", {"99999999999999999999", "episode 1000001"}},
			{"", {"", " ", "5 drones", "drone", "the one with the drone", "5.5", "music room",
					     "fiver", "son", "due", "once", "sex", "tap", "die", "e", "s",
					     "part", "season", "episode", "no", "--5", "a", "the", "??",
					     "🧟"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void seasons(void **state)
{
	static const struct sample SAMPLES[] = {
			{"number 5 of 1",
					{"s01e05", "S1E5", "s1 e5", "s1.e5", "S01.E05", "s1ep5", "s1 ep 5",
							"1x05", "1X5", "1 x 5", "1×05", "1e05", "0105",
							"1-05", "1.05", "season 1 episode 5",
							"Season 1, episode 5", "season 1 - episode 5",
							"season 1: episode 5", "s1 5", "s1-5", "season 1 5",
							"season one episode five", "5 of season 1",
							"5 season 1", "ep 5 s1", "episode 5, season 1",
							"episode 5 of season 1",
							"episode 5 of the first season",
							"episode 5 (season 1)", "fifth episode of season one",
							"1st season 5th episode", "first season, episode 5",
							"[S01][E05]", "**S01E05**", "seaosn 1 ep 5"}},
			{"number 5 of 1", {"staffel 1 folge 5", "1. Staffel, 5. Folge", "folge 5 staffel 1",
							  "saison 1 épisode 5", "temporada 1 capítulo 5",
							  "capítulo 5 de la temporada 1",
							  "stagione 1 episodio 5", "seizoen 1 aflevering 5",
							  "säsong 1 avsnitt 5", "sezon 1 odcinek 5",
							  "1 сезон 5 серия", "сезон 1 серия 5",
							  "sezon 1 bölüm 5", "1. sezon 5. bölüm",
							  "시즌 1 5화", "시즌1 5화", "1기 5화", "第1季第5集",
							  "第一季第五集", "シーズン1 第5話", "第1期 第5話",
							  "الموسم 1 الحلقة 5", "ซีซั่น 1 ตอนที่ 5",
							  "kausi 1 jakso 5", "κύκλος 1 επεισόδιο 5",
							  "עונה 1 פרק 5", "1. évad 5. rész"}},
			{"season 2", {"season 2", "s2", "s02", "season two", "second season",
						     "the 2nd season", "staffel 2", "2 сезон", "시즌 2",
						     "第2季", "season 2 episodes", "series 2"}},
			{"season 0", {"season 0", "s00"}},
			{"number 1 of 0", {"s00e01", "0x01", "season 0 episode 1"}},
			{"number 0 of 2", {"s02e00", "2x00"}},
			{"special 1 of 2", {"season 2 special 1"}},
			{"special 1", {"special 1", "special #1", "sp1", "1st special", "ova 1",
						      "special episode 1"}},
			{"special 0", {"special", "specials", "the specials"}},
			{"special 0 of 2", {"season 2 special", "specials of season 2"}},
			{"season of the present season", {"last season"}},
			{"", {"season of the witch", "s", "season drone"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void positions(void **state)
{
	static const struct sample SAMPLES[] = {
			{"first 1", {"pilot", "the pilot", "premiere", "first", "first episode",
						    "the first one", "the start", "series premiere"}},
			{"first 1 of 2", {"first of season 2", "season 2 premiere", "s2 pilot",
							 "first episode of season 2"}},
			{"number 1", {"1st", "one", "primer capítulo", "erste folge"}},
			{"latest 1", {"latest", "newest", "last", "Last!", "the last one", "latest episode",
						     "most recent", "the most recent episode", "letzte folge",
						     "dernier épisode", "último capítulo", "последняя серия",
						     "마지막화", "최신화", "new episode", "son bölüm"}},
			{"latest 1 of 1", {"last of season 1", "latest of s1"}},
			{"finale 1", {"finale", "the finale", "end", "final episode", "series finale",
						     "最終回", "最終話"}},
			{"finale 1 of 1", {"season 1 finale", "s1 finale", "finale of season 1",
							  "season one finale"}},
			{"finale 1 of the present season", {"season finale", "the season finale"}},
			{"nth last 2", {"penultimate", "second to last", "second-to-last", "second last",
						       "2nd to last", "second to last episode",
						       "next to last", "last but one", "the one before last",
						       "the episode before the last one",
						       "the penultimate episode", "vorletzte folge"}},
			{"nth last 3", {"third from the end", "third to last", "3rd last", "antepenultimate",
						       "last but two", "3 from the end"}},
			{"nth last 2 of 1",
					{"penultimate episode of season 1", "second to last of season 1"}},
			{"from end 1", {"-1", "－1", "−1", "- 1"}},
			{"from end 2 of 1", {"-2 of season 1"}},
			{"latest 3", {"last 3", "last three", "last 3 episodes",
						     "the latest three episodes"}},
			{"first 2", {"first 2", "first two episodes"}},
			{"middle 1", {"middle episode", "middle ep"}},
			{"next 1", {"next", "next episode", "upcoming episode"}},
			{"", {"middle", "final", "new", "recent", "ending", "letzte", "last man standing",
					     "first blood", "the end of the road"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void dates(void **state)
{
	static const struct sample SAMPLES[] = {
			{"date 2026-11-24",
					{"2026-11-24", "2026/11/24", "2026.11.24", "20261124", "24.11.2026",
							"24-11-2026", "24/11/2026", "11/24/2026",
							"24 November 2026", "24. November 2026",
							"November 24, 2026", "Nov 24th 2026",
							"24th of November 2026", "the 24th of Nov, 2026",
							"2026 Nov 24", "Tuesday, 24 November 2026",
							"24 noviembre 2026", "24 de noviembre de 2026",
							"24 novembre 2026", "24 ноября 2026",
							"2026年11月24日", "2026년 11월 24일",
							"the episode of 24 November 2026", "<2026-11-24>",
							"episode from 2026-11-24"}},
			{"date 0-11-24", {"24 November", "Nov 24", "24th Nov", "November 24th",
							 "24. November", "11월 24일", "11月24日"}},
			{"date 2026-11-0", {"November 2026", "Nov 2026"}},
			{"date 0-2-29", {"29 February"}},
			{"date 2026-6-5 or 2026-5-6", {"05/06/2026", "5/6/2026", "5-6-2026"}},
			{"date 2026-5-5", {"5/5/2026"}},
			{"date 2026-6-5", {"5.6.2026"}},
			{"day 0", {"today", "tonight", "today's episode", "tonight's", "heute", "오늘"}},
			{"day -1", {"yesterday", "yesterday's episode", "gestern"}},
			{"day 1", {"tomorrow"}},
			{"weekday 5 last", {"last friday", "last fri"}},
			{"weekday 1 next", {"next monday"}},
			{"weekday 5 any", {"friday", "on friday", "friday's episode"}},
			{"", {"31 February 2026", "2026-13-01", "november", "sun", "mon", "march",
					     "32/13/2026", "29 February 2026", "friday the 13th", "may"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void dates_without_a_year_in_numbers(void **state)
{
	static const struct sample SAMPLES[] = {
			{"date 0-11-24", {"24.11", "24.11.", "24. 11.", "24/11", "on 24.11.",
							 "episode of 24/11", "folge vom 24.11."}},
			{"date 0-3-1", {"1.3.", "01.03.", "01.03"}},
			{"date 0-3-5 or 0-5-3", {"5/3", "05/03"}},
			{"date 0-10-2", {"2.10", "2.10."}},
			{"number 11", {"11/24"}},
			{"number 24", {"24/30"}},
			{"", {"5.5", "32.1", "24.13.", "24/0", "1.2.3", "24.11.x"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void weeks_and_months(void **state)
{
	static const struct sample SAMPLES[] = {
			{"week -1", {"last week", "last week's episode", "the episode of last week",
						    "a week ago", "1 week ago", "letzte woche",
						    "semana pasada", "지난주", "先週", "الأسبوع الماضي",
						    "vor einer woche"}},
			{"week 0", {"this week", "this week's", "episode of this week", "diese woche",
						   "esta semana"}},
			{"week 1", {"next week", "nächste woche"}},
			{"week -2", {"two weeks ago", "vor 2 Wochen", "hace 2 semanas"}},
			{"month -1", {"last month", "letzten monat"}},
			{"month 0", {"this month"}},
			{"day -1", {"last night", "last night's episode", "أمس"}},
			{"day -3", {"3 days ago", "three days ago", "vor 3 tagen"}},
			{"", {"week", "the week", "days", "last days", "night", "ago", "this", "3 days",
					     "in a week"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void arabic_ordinals(void **state)
{
	static const struct sample SAMPLES[] = {
			{"number 5", {"الخامسة", "الحلقة الخامسة", "الحلقة ٥", "حلقة خامسة", "الحلقة رقم 5",
						     "حلقة خمسة"}},
			{"number 1", {"الحلقة الأولى", "الحلقة الاولى"}},
			{"number 10", {"الحلقة العاشرة"}},
			{"number 11", {"الحلقة الحادية عشرة"}},
			{"number 12", {"الحلقة الثانية عشرة", "الحلقة الثانية عشر"}},
			{"number 20", {"الحلقة العشرون"}},
			{"number 21", {"الحلقة الحادية والعشرون"}},
			{"number 5 of 2", {"الموسم الثاني الحلقة الخامسة"}},
			{"latest 1", {"الحلقة الأخيرة"}},
			{"", {"خمسة", "عشرة"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void lists(void **state)
{
	static const struct sample SAMPLES[] = {
			{"number 5, number 6",
					{"5,6", "5, 6", "5 6", "5 and 6", "5 & 6", "5+6", "5 or 6", "e05e06",
							"ep 5 ep 6", "episodes 5 and 6", "5 und 6", "5 y 6",
							"5 e 6", "five and six", "ep5, ep6"}},
			{"number 5, number 6, number 9", {"5, 6 and 9", "5 6 9", "5,6,9"}},
			{"number 1 to number 3",
					{"1-3", "1 - 3", "1–3", "1—3", "1 to 3", "1..3", "1...3", "1~3",
							"1〜3", "episodes 1-3", "episodes 1 to 3", "ep 1-3",
							"ep1-ep3", "1 through 3", "1 bis 3", "one to three",
							"from 1 to 3"}},
			{"number 5 of 1 to number 6 of 1",
					{"s01e05-e06", "S01E05-06", "s01e05-s01e06", "1x05-06", "1x05-1x06",
							"s1e5 to e6", "season 1 episodes 5-6",
							"episodes 5 to 6 of season 1", "s01e05 - s01e06"}},
			{"number 5 of 1, number 6 of 1",
					{"s01e05e06", "s01e05 e06", "s01e05,e06", "s01e05+06",
							"season 1 episodes 5 and 6",
							"episodes 5 and 6 of season 1"}},
			{"number 12 of 1 to number 2 of 2", {"s01e12-s02e02", "1x12 to 2x02"}},
			{"season 1 to season 2", {"season 1 to season 2", "s1-s2"}},
			{"special 1 to special 3", {"special 1-3", "specials 1 to 3"}},
			{"", {"1-2-3", "1-3-5-7-9-11-13-15-17-19", "1,2,3,4,5,6,7,8,9", "5 and drone"}},
	};

	(void)state;
	expect(grammar_parse, SAMPLES, COUNT_OF(SAMPLES));
}

static void a_reference_inside_a_sentence(void **state)
{
	static const struct sample SAMPLES[] = {
			{"number 7", {"what happens in ep 7", "who dies in episode 7?",
						     "can you tell what ep7 is about",
						     "does anyone die in episode seven",
						     "7화에서 무슨 일이"}},
			{"number 7 of 1", {"what happens in s01e07", "is s1e7 good", "the plot of 1x07",
							  "who dies in season 1 episode 7"}},
			{"season 2", {"is there a season 2?"}},
			{"latest 1", {"what happens in the last episode", "anything in the latest?"}},
			{"finale 1", {"what happens in the finale"}},
			{"date 0-11-24", {"what was shown on 24 November"}},
			{"", {"who is the pilot", "the pilot lands the plane", "which episode has the drone",
					     "drone", "how long was it no 1",
					     "when does the first zombie bite", "a man with 5 dogs",
					     "the last zombie", "episode with the storm"}},
	};

	(void)state;
	expect(grammar_find, SAMPLES, COUNT_OF(SAMPLES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(numbers),
			cmocka_unit_test(seasons),
			cmocka_unit_test(positions),
			cmocka_unit_test(dates),
			cmocka_unit_test(dates_without_a_year_in_numbers),
			cmocka_unit_test(weeks_and_months),
			cmocka_unit_test(arabic_ordinals),
			cmocka_unit_test(lists),
			cmocka_unit_test(a_reference_inside_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
