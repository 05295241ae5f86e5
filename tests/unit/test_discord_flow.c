/* Splitting paragraphs into pages: no text is lost, and no page is too long. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/flow.h"

#define PAGE       DISCORD_FLOW_PAGE_LEAST_UNITS
#define PARAGRAPHS 12

struct paragraph {
	const char *lead;
	struct str text;
	bool is_veiled;
};

/* One page of them; the last page's number. */
static size_t page_of(const struct paragraph *paragraphs, size_t count, size_t wanted, struct str *ret)
{
	struct discord_flow flow = {.out = ret, .page_units = PAGE, .wanted = wanted};

	for (size_t i = 0; i < count; i++)
		discord_flow_add(&flow, paragraphs[i].lead, str_text(&paragraphs[i].text),
				paragraphs[i].is_veiled);
	return flow.page;
}

static void keeps_short_ones_on_one_page(void **state)
{
	struct str out = STR(4096);
	struct discord_flow flow = {.out = &out, .page_units = PAGE};

	(void)state;
	discord_flow_add(&flow, "*why*", "", false);
	discord_flow_add(&flow, "", "one_two", false);
	discord_flow_add(&flow, "• ", "a|b", true);
	discord_flow_add(&flow, "• ", "", true);
	assert_int_equal(flow.page, 0);
	assert_string_equal(str_text(&out), "*why*\none\\_two\n• ||a│b||\n• ");
	assert_int_equal(flow.used, utf8_utf16_units(str_text(&out)));
	str_release(&out);
}

static void does_not_split_a_paragraph_that_fits_the_next_page(void **state)
{
	struct paragraph paragraphs[2] = {{"", STR(4096), false}, {"", STR(4096), false}};
	struct str out = STR(4096);

	(void)state;
	for (int i = 0; i < 80; i++) {
		str_append(&paragraphs[0].text, "first ");
		str_append(&paragraphs[1].text, "other ");
	}
	assert_int_equal(page_of(paragraphs, 2, 1, &out), 1);
	assert_string_equal(str_text(&out), str_text(&paragraphs[1].text));
	str_release(&out);
	str_release(&paragraphs[0].text);
	str_release(&paragraphs[1].text);
}

static void append_word(struct str *text, struct random *random, unsigned *number)
{
	static const char *const frames[][2] = {
			{"", " "}, {"*", "* "}, {"", "| "}, {"", "😀 "}, {"https://a.org/", "|x "}};
	const char *const *frame = frames[random_below(random, 5)];

	str_printf(text, "%sw%u%s", frame[0], (*number)++, frame[1]);
}

/* Random texts of random length: each word is on a page, in order, and each page is within its limit. */
static void loses_nothing(void **state)
{
	struct random random;

	(void)state;
	random_seed(&random, 7);
	for (int round = 0; round < 200; round++) {
		struct paragraph paragraphs[PARAGRAPHS];
		struct str all = STR(256 * 1024), page = STR(64 * 1024);
		const char *at;
		unsigned number = 0;
		size_t last;

		for (size_t i = 0; i < PARAGRAPHS; i++) {
			paragraphs[i] = (struct paragraph){
					i % 2 ? "• " : "", STR(64 * 1024), random_below(&random, 2) == 0};
			for (size_t words = random_below(&random, 120); words; words--)
				append_word(&paragraphs[i].text, &random, &number);
		}
		last = page_of(paragraphs, PARAGRAPHS, SIZE_MAX, &page);
		for (size_t i = 0; i <= last; i++) {
			str_clear(&page);
			assert_int_equal(page_of(paragraphs, PARAGRAPHS, i, &page), last);
			assert_true(page.length > 0 || last == 0);
			assert_true(utf8_utf16_units(str_text(&page)) <= PAGE);
			str_append(&all, str_text(&page));
			str_append_char(&all, '\n');
		}
		assert_int_equal(all.error, 0);
		at = str_text(&all);
		for (unsigned i = 0; i < number; i++) {
			char word[16];

			snprintf(word, sizeof(word), "w%u", i);
			at = strstr(at, word);
			assert_non_null(at);
			at += strlen(word);
		}
		for (size_t i = 0; i < PARAGRAPHS; i++)
			str_release(&paragraphs[i].text);
		str_release(&all);
		str_release(&page);
	}
}

static void tears_a_word_without_end(void **state)
{
	struct paragraph paragraph = {"• ", STR(4096), true};
	struct str out = STR(4096);
	size_t last;

	(void)state;
	for (int i = 0; i < 2000; i++)
		str_append_char(&paragraph.text, '*');
	last = page_of(&paragraph, 1, 1, &out);
	assert_true(last >= 6 && last <= 8);
	assert_true(str_starts(str_text(&out), "||\\*"));
	assert_true(utf8_utf16_units(str_text(&out)) <= PAGE);
	str_release(&out);
	str_release(&paragraph.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(keeps_short_ones_on_one_page),
			cmocka_unit_test(does_not_split_a_paragraph_that_fits_the_next_page),
			cmocka_unit_test(loses_nothing),
			cmocka_unit_test(tears_a_word_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
