/* XML as media centres write it, and what is refused of it. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/import/xml.h"

static struct xml xml;

static int release(void **state)
{
	(void)state;
	xml_release(&xml);
	return 0;
}

static void read_text(const char *text)
{
	int r = xml_read(text, strlen(text), &xml);

	if (r < 0)
		print_message("%u:%u: %s\n", xml.line, xml.column, xml.problem);
	assert_int_equal(r, 0);
}

static void assert_refused(const char *text, unsigned line, unsigned column, const char *part)
{
	assert_int_equal(xml_read(text, strlen(text), &xml), -EBADMSG);
	if (!strstr(xml.problem, part) || xml.line != line || xml.column != column)
		fail_msg("%u:%u: %s", xml.line, xml.column, xml.problem);
	xml_release(&xml);
}

static void elements_have_texts_attributes_and_places(void **state)
{
	const struct xml_element *id;

	(void)state;
	read_text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\n  <b> one &amp; <i>x</i>two </b>"
		  "<id type=\"tvdb\">1</id><id type='imdb'>tt2</id><![CDATA[ <raw> ]]></a>\n");
	assert_string_equal(xml.roots->name, "a");
	assert_int_equal(xml.roots->line, 2);
	assert_string_equal(xml_child_text(xml.roots, "b"), "one & two");
	assert_string_equal(xml_child_text(xml.roots, "c"), "");
	assert_string_equal(xml.roots->text, "<raw>");
	id = xml_child(xml.roots, "id");
	assert_int_equal(id->line, 3);
	assert_string_equal(xml_attribute(id, "type"), "tvdb");
	assert_string_equal(xml_attribute(id, "default"), "");
	assert_string_equal(xml_again(id)->text, "tt2");
	assert_null(xml_again(xml_again(id)));
	assert_false(xml.has_text_outside);
}

static void several_roots_and_a_link_after_them_are_read(void **state)
{
	(void)state;
	read_text("\xEF\xBB\xBF<a>1</a>\n<!-- two "
		  "-->\n<a>2</a><b/><a>3</a>\nhttps://example.org/?a=1&b=2\n<!-- end -->\n");
	assert_string_equal(xml.roots->text, "1");
	assert_string_equal(xml.roots->next->text, "2");
	assert_int_equal(xml.roots->next->line, 3);
	assert_int_equal(xml.roots->next->column, 1);
	assert_string_equal(xml.roots->next->next->name, "b");
	assert_int_equal(xml.roots->next->next->column, 9);
	assert_string_equal(xml.roots->next->next->next->text, "3");
	assert_null(xml.roots->next->next->next->next);
	assert_true(xml.has_text_outside);
}

static void encodings_of_windows_and_of_old_files_are_read(void **state)
{
	(void)state;
	read_text("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>Caf\xE9 \x96 \x80</a><a>\xE9</a>");
	assert_string_equal(xml.roots->text, "Caf\xC3\xA9 \xE2\x80\x93 \xE2\x82\xAC");
	assert_string_equal(xml.roots->next->text, "\xC3\xA9");
	xml_release(&xml);
	read_text("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>");
	assert_string_equal(xml.roots->text, "\xC3\xA9");
}

static void an_entity_bomb_is_refused(void **state)
{
	(void)state;
	assert_refused("<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z "
		       "\"&x;&x;\">]><a>&z;</a>",
			2, 13, "document type");
	assert_refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", 1, 40, "document type");
	assert_refused("<a>&nbsp;</a>", 1, 4, "write the character itself");
}

static void a_problem_names_its_place_and_the_fix(void **state)
{
	(void)state;
	assert_refused("<a>\n<b>Tide & Time</b></a>", 2, 10, "&amp;");
	assert_refused("<a>\n<b>x</c></a>", 2, 7, "end tag");
	assert_refused("<a><b>", 1, 7, "ends too early");
	assert_refused("<a>1</a>\n<a><b>", 2, 7, "ends too early");
	assert_refused("<a>1</a><a>\n1 < 2</a>", 2, 4, "&lt;");
	assert_refused("<a>Caf\xE9</a>", 1, 7, "is not UTF-8");
	assert_refused("<a>\x01</a>", 1, 4, "control character");
	assert_refused("<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>", 1, 31, "save it as UTF-8");
	assert_refused("<?xml version=\"1.0\" encoding=\"koi8-r\"?><a/>", 1, 31, "save it as UTF-8");
	assert_refused("\xFF\xFE<", 0, 0, "UTF-16");
	assert_refused("https://example.org/", 0, 0, "no XML");
	assert_refused("", 0, 0, "no XML");
}

static char *repeated(const char *text, size_t count)
{
	size_t length = strlen(text);
	char *all = calloc(count, length + 1);

	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * length, text, length);
	return all;
}

static void many_or_deep_elements_are_refused(void **state)
{
	char *text = repeated("<a>", 40);

	(void)state;
	assert_refused(text, 1, 97, "too deeply");
	free(text);
	text = repeated("<a/>", 10001);
	assert_refused(text, 0, 0, "more elements");
	free(text);
	text = repeated("<a/>", 200001);
	memcpy(text, "<b>", 3);
	text[3] = ' ';
	assert_refused(text, 1, 800001, "more elements");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_teardown(elements_have_texts_attributes_and_places, release),
			cmocka_unit_test_teardown(several_roots_and_a_link_after_them_are_read, release),
			cmocka_unit_test_teardown(encodings_of_windows_and_of_old_files_are_read, release),
			cmocka_unit_test(an_entity_bomb_is_refused),
			cmocka_unit_test(a_problem_names_its_place_and_the_fix),
			cmocka_unit_test(many_or_deep_elements_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
