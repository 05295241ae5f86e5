/* Replies as Discord messages: within all limits, without pings, with spoilers hidden. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bot/base/json.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/render.h"

static const struct discord_render_options card = {.command = "help", .prefix = "!"};
static const struct discord_render_options plain = {.is_plain = true, .command = "help", .prefix = "!"};

/* A rendered page, parsed. */
struct page {
	struct str body;
	struct json *json;
	struct json_node *root, *embed;
	size_t next;
};

static struct page page_of(
		const struct reply *reply, const struct discord_render_options *options, size_t position)
{
	struct page page = {.body = STR(DISCORD_RENDER_BODY_MAX_BYTES), .next = position};

	assert_int_equal(discord_render_message(reply, options, &page.next, &page.body), 0);
	assert_int_equal(json_parse(str_text(&page.body), page.body.length, 0, &page.json), 0);
	assert_false(json_is_broken(page.json));
	page.root = json_root(page.json);
	page.embed = json_first(json_get(page.root, "embeds"));
	return page;
}

static void page_release(struct page *page)
{
	json_free(page->json);
	str_release(&page->body);
}

static void assert_body(
		const struct reply *reply, const struct discord_render_options *options, const char *expected)
{
	struct page page = page_of(reply, options, 0);

	assert_string_equal(str_text(&page.body), expected);
	page_release(&page);
}

static void fill_episode(struct reply *reply)
{
	reply_init(reply);
	reply_set_title(reply, "Episode 5");
	reply_set_text(reply, "The *drone*.");
	reply_add_field(reply, "First shown", "28 January 2022");
	reply_set_footer(reply, "Source: a_b");
	reply_add_choice(reply, "Episode 6 →", "episode s01e06");
}

static void shows_an_episode_as_a_card(void **state)
{
	struct discord_render_options options = {
			.nonce = "e1.0", .reference = "1", .command = "episode 5", .prefix = "!"};
	struct reply reply;

	(void)state;
	fill_episode(&reply);
	assert_body(&reply, &options,
			"{\"content\":\"\",\"embeds\":[{\"color\":3908957,\"title\":\"Episode 5\","
			"\"description\":\"The \\\\*drone\\\\*.\","
			"\"fields\":[{\"name\":\"First shown\",\"value\":\"28 January "
			"2022\",\"inline\":true}],"
			"\"footer\":{\"text\":\"Source: a_b\"}}],\"allowed_mentions\":{\"parse\":[]},"
			"\"components\":[{\"type\":1,\"components\":[{\"type\":2,\"style\":2,\"label\":"
			"\"Episode 6 "
			"→\","
			"\"custom_id\":\"c:episode s01e06\"}]}],\"nonce\":\"e1.0\",\"enforce_nonce\":true,"
			"\"message_reference\":{\"message_id\":\"1\"}}");
	reply_release(&reply);
}

static void shows_an_episode_as_text(void **state)
{
	struct reply reply;

	(void)state;
	fill_episode(&reply);
	assert_body(&reply, &plain,
			"{\"content\":\"**Episode 5**\\nThe \\\\*drone\\\\*.\\n**First shown:** 28 January "
			"2022\\n"
			"-# Source: a\\\\_b\",\"allowed_mentions\":{\"parse\":[]},"
			"\"components\":[{\"type\":1,\"components\":[{\"type\":2,\"style\":2,\"label\":"
			"\"Episode 6 "
			"→\","
			"\"custom_id\":\"c:episode s01e06\"}]}]}");
	reply_release(&reply);
}

/* Where the hour is known, Discord writes it in the reader's time zone. */
static void shows_a_moment_in_the_readers_time(void **state)
{
	struct reply reply;
	struct page page;

	(void)state;
	fill_episode(&reply);
	reply.moment_s = 1795572000;
	page = page_of(&reply, &card, 0);
	assert_string_equal(json_string(json_get(page.embed, "description")),
			"The \\*drone\\*.\nIn your time: <t:1795572000:F> (<t:1795572000:R>)");
	page_release(&page);
	page = page_of(&reply, &plain, 0);
	assert_non_null(strstr(json_string(json_get(page.root, "content")),
			"\nIn your time: <t:1795572000:F> (<t:1795572000:R>)\n"));
	page_release(&page);
	reply_release(&reply);
	/* A person's words are not a time. */
	reply_init(&reply);
	reply_set_text(&reply, "<t:1795572000:F>");
	page = page_of(&reply, &plain, 0);
	assert_string_equal(json_string(json_get(page.root, "content")), "\\<t:1795572000:F\\>");
	page_release(&page);
	reply_release(&reply);
}

static void fill_veiled(struct reply *reply)
{
	reply_init(reply);
	reply_set_title(reply, "Episode 9");
	reply_set_teaser(reply, "A rescue.");
	reply_set_spoiler(reply, "Spoils a later episode");
	reply_set_text(reply, "She || lives.");
	reply->is_text_veiled = true;
	reply_add_field(reply, "First shown", "28 January 2022");
	reply_add_item(reply, "one");
	reply_add_veiled_item(reply, "two");
	reply_set_footer(reply, "Source: a_b");
}

static void puts_what_is_veiled_into_a_spoiler_container(void **state)
{
	struct discord_render_options options = {.is_ephemeral = true, .prefix = "!"};
	struct reply reply;

	(void)state;
	fill_veiled(&reply);
	reply_set_image(&reply, "https://images.example/9.jpg");
	reply_set_url(&reply, "https://tv.example/9");
	assert_body(&reply, &options,
			"{\"allowed_mentions\":{\"parse\":[]},\"components\":["
			"{\"type\":17,\"accent_color\":3908957,\"components\":[{\"type\":9,\"components\":["
			"{\"type\":10,\"content\":\"### Episode 9\\nA rescue.\\n**First shown:** 28 January "
			"2022\\n*Spoils a later episode*\"}],"
			"\"accessory\":{\"type\":11,\"media\":{\"url\":\"https://images.example/9.jpg\"},"
			"\"spoiler\":true}}]},"
			"{\"type\":17,\"accent_color\":3908957,\"spoiler\":true,\"components\":["
			"{\"type\":10,\"content\":\"She \\\\|\\\\| lives.\"}]},"
			"{\"type\":17,\"accent_color\":3908957,\"components\":["
			"{\"type\":10,\"content\":\"• one\"}]},"
			"{\"type\":17,\"accent_color\":3908957,\"spoiler\":true,\"components\":["
			"{\"type\":10,\"content\":\"• two\"}]},"
			"{\"type\":10,\"content\":\"-# Source: a\\\\_b\"},"
			"{\"type\":1,\"components\":[{\"type\":2,\"style\":5,\"label\":\"Read more\","
			"\"url\":\"https://tv.example/9\"}]}],\"flags\":32832}");
	reply_release(&reply);
}

static void hides_with_bars_in_plain_text(void **state)
{
	struct reply reply;
	struct page page;

	(void)state;
	fill_veiled(&reply);
	page = page_of(&reply, &plain, 0);
	assert_string_equal(json_string(json_get(page.root, "content")),
			"**Episode 9**\nA rescue.\n**First shown:** 28 January 2022\n*Spoils a later "
			"episode*\n"
			"||She ││ lives.||\n• one\n• ||two||\n-# Source: a\\_b");
	page_release(&page);
	reply_release(&reply);
}

/* An edit cannot take the flag from a message. */
static void keeps_components_where_there_were_components(void **state)
{
	struct discord_render_options options = {.is_edit = true, .is_layout_host = true, .prefix = "!"};
	struct reply reply;

	(void)state;
	reply_init(&reply);
	reply_set_text(&reply, "In clear.");
	assert_body(&reply, &options,
			"{\"content\":null,\"embeds\":[],\"allowed_mentions\":{\"parse\":[]},\"components\":["
			"{\"type\":17,\"accent_color\":3908957,\"components\":["
			"{\"type\":10,\"content\":\"In clear.\"}]}],\"flags\":32768,\"attachments\":[]}");
	reply_clear(&reply);
	assert_body(&reply, &options,
			"{\"content\":null,\"embeds\":[],\"allowed_mentions\":{\"parse\":[]},\"components\":["
			"{\"type\":17,\"accent_color\":3908957,\"components\":["
			"{\"type\":10,\"content\":\"…\"}]}],\"flags\":32768,\"attachments\":[]}");
	reply_release(&reply);
}

static void shows_a_picture_and_a_link(void **state)
{
	struct reply reply;
	struct page page;

	(void)state;
	fill_episode(&reply);
	reply_set_image(&reply, "https://images.example/5.jpg");
	reply_set_url(&reply, "https://tv.example/5");
	page = page_of(&reply, &card, 0);
	assert_string_equal(json_string(json_get(page.embed, "url")), "https://tv.example/5");
	assert_string_equal(json_string(json_get(json_get(page.embed, "thumbnail"), "url")),
			"https://images.example/5.jpg");
	assert_null(strstr(str_text(&page.body), "Read more"));
	page_release(&page);
	page = page_of(&reply, &plain, 0);
	assert_non_null(strstr(str_text(&page.body),
			"\"style\":5,\"label\":\"Read more\",\"url\":\"https://tv.example/5\""));
	page_release(&page);
	/* Discord would refuse the whole message for these. */
	reply_set_image(&reply, "http://images.example/5.jpg");
	reply_set_url(&reply, "https://tv.example/a b");
	page = page_of(&reply, &card, 0);
	assert_null(json_get(page.embed, "url"));
	assert_null(json_get(page.embed, "thumbnail"));
	page_release(&page);
	reply_release(&reply);
}

static void marks_problems_and_private_ones(void **state)
{
	struct discord_render_options options = {.is_ephemeral = true, .prefix = "!"};
	struct reply reply;
	struct page page;

	(void)state;
	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply_set_text(&reply, "No episode 13.");
	page = page_of(&reply, &options, 0);
	assert_int_equal((int)json_number(json_get(page.embed, "color")), 0xe67e22);
	assert_int_equal((int)json_number(json_get(page.root, "flags")), 64);
	assert_null(json_get(page.embed, "title"));
	page_release(&page);
	reply_release(&reply);
}

static void clears_the_other_fields_of_an_edited_message(void **state)
{
	struct discord_render_options options = plain;
	struct reply reply;
	struct page page;

	(void)state;
	options.is_edit = true;
	reply_init(&reply);
	reply_set_text(&reply, "pong");
	page = page_of(&reply, &options, 0);
	assert_int_equal(json_type(json_get(page.root, "embeds")), JSON_ARRAY);
	assert_int_equal(json_count(json_get(page.root, "embeds")), 0);
	assert_int_equal(json_count(json_get(page.root, "components")), 0);
	page_release(&page);
	options.is_plain = false;
	page = page_of(&reply, &options, 0);
	assert_string_equal(json_string(json_get(page.root, "content")), "");
	page_release(&page);
	reply_release(&reply);
}

/* Discord refuses a message without visible text. */
static void says_something_when_there_is_nothing(void **state)
{
	struct reply reply;
	struct page page;

	(void)state;
	reply_init(&reply);
	reply_set_title(&reply, " ");
	reply_set_footer(&reply, "");
	reply_add_field(&reply, "", "");
	page = page_of(&reply, &card, 0);
	assert_null(json_get(page.embed, "title"));
	assert_null(json_get(page.embed, "footer"));
	assert_string_equal(json_string(json_get(json_first(json_get(page.embed, "fields")), "name")), "–");
	page_release(&page);
	reply_clear(&reply);
	page = page_of(&reply, &card, 0);
	assert_string_equal(json_string(json_get(page.embed, "description")), "…");
	page_release(&page);
	page = page_of(&reply, &plain, 0);
	assert_string_equal(json_string(json_get(page.root, "content")), "…");
	page_release(&page);
	reply_release(&reply);
}

static void fill_list(struct reply *reply, int items)
{
	reply_init(reply);
	reply_set_title(reply, "A list");
	reply_set_footer(reply, "Source: somewhere");
	for (int i = 0; i < items; i++)
		reply_add_item(reply, "Some words about an episode that are long enough to fill a page when "
				      "many of them come "
				      "together, as they do where a show has sixty episodes and each is told "
				      "in a line or two.");
}

static void turns_pages_with_buttons(void **state)
{
	struct reply reply;
	struct page page;

	(void)state;
	fill_list(&reply, 50);
	page = page_of(&reply, &card, 0);
	assert_int_equal(page.next, 1);
	assert_string_equal(json_string(json_get(json_get(page.embed, "footer"), "text")),
			"Source: somewhere · Page 1 of 3");
	assert_non_null(strstr(str_text(&page.body), "\"custom_id\":\"m:1:help\""));
	assert_null(strstr(str_text(&page.body), "Previous"));
	page_release(&page);
	page = page_of(&reply, &card, 1);
	assert_int_equal(page.next, 2);
	assert_non_null(strstr(str_text(&page.body), "\"custom_id\":\"m:0:help\""));
	assert_non_null(strstr(str_text(&page.body), "\"custom_id\":\"m:2:help\""));
	page_release(&page);
	/* The last page, also for a button of an older, longer answer. */
	for (size_t position = 2; position < 1000; position += 500) {
		page = page_of(&reply, &card, position);
		assert_int_equal(page.next, 0);
		assert_null(strstr(str_text(&page.body), "Next page"));
		assert_non_null(strstr(str_text(&page.body), "Page 3 of 3"));
		page_release(&page);
	}
	reply_release(&reply);
}

static void mentions_more_if_a_button_does_not_fit(void **state)
{
	struct discord_render_options options = card;
	struct reply reply;
	struct page page;

	(void)state;
	options.command = NULL;
	fill_list(&reply, 50);
	page = page_of(&reply, &options, 0);
	assert_string_equal(json_string(json_get(json_get(page.embed, "footer"), "text")),
			"Source: somewhere · Page 1 of 3 · !more");
	assert_int_equal(json_count(json_get(page.root, "components")), 0);
	page_release(&page);
	reply_release(&reply);
}

static void finds_the_command_in_what_was_typed(void **state)
{
	(void)state;
	assert_string_equal(discord_render_command("!episode 5", "!"), "episode 5");
	assert_string_equal(discord_render_command(" !  episode 5", "!"), "episode 5");
	assert_string_equal(discord_render_command("episode 5", "!"), "episode 5");
}

/* ---------------------------------------------------------------- every limit, on every page, of any reply
 */

static size_t units(struct json_node *node)
{
	return json_string(node) ? utf8_utf16_units(json_string(node)) : 0;
}

static void assert_text(struct json_node *node, size_t limit)
{
	if (!node)
		return;
	assert_int_equal(json_type(node), JSON_STRING);
	assert_in_range(units(node), 1, limit);
}

static void assert_embed(struct json_node *embed)
{
	struct json_node *fields = json_get(embed, "fields"), *footer = json_get(embed, "footer");
	size_t total = units(json_get(embed, "title")) + units(json_get(embed, "description")) +
		       units(json_get(footer, "text"));

	assert_text(json_get(embed, "title"), 256);
	assert_text(json_get(embed, "description"), 4096);
	assert_text(json_get(footer, "text"), 2048);
	assert_true(json_count(fields) <= 25);
	for (struct json_node *field = json_first(fields); field; field = json_next(field)) {
		assert_text(json_get(field, "name"), 256);
		assert_text(json_get(field, "value"), 1024);
		total += units(json_get(field, "name")) + units(json_get(field, "value"));
	}
	assert_in_range(total, 1, 6000);
}

/* The components of a node and below it, and the units of their texts. */
static size_t count_components(struct json_node *list, size_t *text_units)
{
	size_t count = 0;

	for (struct json_node *each = json_first(list); each; each = json_next(each)) {
		count += 1 + (json_get(each, "accessory") != NULL);
		count += count_components(json_get(each, "components"), text_units);
		if ((int)json_number(json_get(each, "type")) != 10)
			continue;
		assert_text(json_get(each, "content"), 4000);
		*text_units += units(json_get(each, "content"));
	}
	return count;
}

static void assert_layout(const struct page *page)
{
	size_t text_units = 0, count = count_components(json_get(page->root, "components"), &text_units);

	assert_null(json_get(page->root, "content"));
	assert_null(json_get(page->root, "embeds"));
	assert_in_range(count, 1, 40);
	assert_in_range(text_units, 1, 4000);
}

static void assert_limits(const struct page *page)
{
	struct json_node *rows = json_get(page->root, "components");

	if ((int)json_number(json_get(page->root, "flags")) == 32768) {
		assert_layout(page);
		return;
	}
	assert_true(json_get(page->root, "content") != NULL);
	assert_true(units(json_get(page->root, "content")) <= 2000);
	if (page->embed)
		assert_embed(page->embed);
	else
		assert_text(json_get(page->root, "content"), 2000);
	assert_int_equal(json_count(json_get(json_get(page->root, "allowed_mentions"), "parse")), 0);
	assert_true(json_count(rows) <= 5);
	for (struct json_node *row = json_first(rows); row; row = json_next(row)) {
		struct json_node *buttons = json_get(row, "components");

		assert_in_range(json_count(buttons), 1, 5);
		for (struct json_node *button = json_first(buttons); button; button = json_next(button)) {
			assert_text(json_get(button, "label"), 80);
			assert_text(json_get(button, "custom_id"), 100);
		}
	}
}

static void append_noise(struct str *text, struct random *random, size_t most)
{
	static const char *const pieces[] = {"a", " ", "*", "|", "\\", "@everyone", "😀", "👨‍👩‍👧",
			"é", "한국", "https://a.org/x_y", "<https://b.org/|>", "- ", "1. ", "`", "word "};

	for (size_t count = random_below(random, most); count; count--)
		str_append(text, pieces[random_below(random, sizeof(pieces) / sizeof(pieces[0]))]);
}

static const char *noise(struct str *text, struct random *random, size_t most)
{
	str_clear(text);
	append_noise(text, random, most);
	return str_text(text);
}

static void fill_with_noise(struct reply *reply, struct random *random, struct str *text)
{
	struct str other = STR(64 * 1024);

	reply_init(reply);
	if (random_below(random, 4))
		reply_set_title(reply, noise(text, random, 300));
	if (random_below(random, 2))
		reply_set_spoiler(reply, noise(text, random, 100));
	if (random_below(random, 4))
		reply_set_text(reply, noise(text, random, 4000));
	if (random_below(random, 2))
		reply_set_footer(reply, noise(text, random, 3000));
	for (size_t i = random_below(random, 14); i; i--)
		reply_add_field(reply, noise(text, random, 200), noise(&other, random, 1500));
	for (size_t i = random_below(random, 70); i; i--) {
		if (reply->spoiler && random_below(random, 2))
			reply_add_veiled_item(reply, noise(text, random, 400));
		else
			reply_add_item(reply, noise(text, random, 400));
	}
	reply->is_text_veiled = reply->spoiler && random_below(random, 2);
	if (random_below(random, 2))
		reply_set_image(reply, "https://images.example/1.jpg");
	if (random_below(random, 2))
		reply_set_url(reply, "https://tv.example/1");
	for (size_t i = random_below(random, 7); i; i--)
		reply_add_choice(reply, noise(text, random, 80), noise(&other, random, 60));
	str_release(&other);
}

static void keeps_every_limit(void **state)
{
	struct str text = STR(64 * 1024);
	struct random random;

	(void)state;
	random_seed(&random, 11);
	for (int round = 0; round < 30; round++) {
		struct discord_render_options options = {.is_plain = random_below(&random, 2),
				.is_layout_host = random_below(&random, 2),
				.command = random_below(&random, 2) ? "episodes" : NULL,
				.prefix = "!"};
		struct reply reply;
		size_t position = 0;

		fill_with_noise(&reply, &random, &text);
		do {
			struct page page = page_of(&reply, &options, position);

			assert_limits(&page);
			assert_true(page.next == 0 || page.next == position + 1);
			position = page.next;
			page_release(&page);
		} while (position);
		reply_release(&reply);
	}
	str_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(shows_an_episode_as_a_card),
			cmocka_unit_test(shows_an_episode_as_text),
			cmocka_unit_test(shows_a_moment_in_the_readers_time),
			cmocka_unit_test(puts_what_is_veiled_into_a_spoiler_container),
			cmocka_unit_test(hides_with_bars_in_plain_text),
			cmocka_unit_test(keeps_components_where_there_were_components),
			cmocka_unit_test(shows_a_picture_and_a_link),
			cmocka_unit_test(marks_problems_and_private_ones),
			cmocka_unit_test(clears_the_other_fields_of_an_edited_message),
			cmocka_unit_test(says_something_when_there_is_nothing),
			cmocka_unit_test(turns_pages_with_buttons),
			cmocka_unit_test(mentions_more_if_a_button_does_not_fit),
			cmocka_unit_test(finds_the_command_in_what_was_typed),
			cmocka_unit_test(keeps_every_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
