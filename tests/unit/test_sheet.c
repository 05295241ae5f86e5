/* Rows and cells: separators, quotes, line ends, and where a problem is. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/import/sheet.h"

static struct sheet sheet;

static int release(void **state)
{
	(void)state;
	sheet_release(&sheet);
	return 0;
}

static void begin(const char *text)
{
	sheet_begin(&sheet, text, strlen(text), sheet_separator(text, strlen(text)), true);
}

/* The next row, with '|' between the cells. */
static void assert_row(const char *expected)
{
	char row[200] = "";

	assert_int_equal(sheet_next(&sheet), 1);
	for (size_t i = 0; i < sheet.count; i++) {
		strncat(row, i > 0 ? "|" : "", sizeof(row) - strlen(row) - 1);
		strncat(row, sheet.cells[i].text, sizeof(row) - strlen(row) - 1);
	}
	assert_string_equal(row, expected);
}

static void assert_refused(unsigned line, unsigned column, const char *part)
{
	assert_int_equal(sheet_next(&sheet), -EBADMSG);
	assert_non_null(strstr(sheet.problem, part));
	assert_int_equal(sheet.problem_line, line);
	assert_int_equal(sheet.problem_column, column);
}

static void the_separator_is_the_most_frequent_outside_of_quotes(void **state)
{
	(void)state;
	assert_int_equal(sheet_separator("a,b;c;d", 7), ';');
	assert_int_equal(sheet_separator("\"a;b;c;d\",b", 11), ',');
	assert_int_equal(sheet_separator("a\tb,\tc", 6), '\t');
	assert_int_equal(sheet_separator("\xEF\xBB\xBFsep=;\r\na,b,c", 16), ';');
	assert_int_equal(sheet_separator("abc\na,b", 7), '\0');
	assert_int_equal(sheet_separator("", 0), '\0');
}

static void a_mark_line_ends_and_empty_rows_are_no_text(void **state)
{
	(void)state;
	begin("\xEF\xBB\xBFseason;name\r\n1;Ebb\r\n;\r\n\r\n2;Flow");
	assert_row("season|name");
	assert_row("1|Ebb");
	assert_row("2|Flow");
	assert_int_equal(sheet.line, 5);
	assert_int_equal(sheet_next(&sheet), 0);
	assert_int_equal(sheet_next(&sheet), 0);
}

static void carriage_returns_alone_end_lines(void **state)
{
	(void)state;
	begin("a,b\r1,2\r3,4\r");
	assert_row("a|b");
	assert_row("1|2");
	assert_row("3|4");
	assert_int_equal(sheet.line, 3);
	assert_int_equal(sheet_next(&sheet), 0);
}

static void the_hint_of_excel_is_no_row(void **state)
{
	(void)state;
	begin("sep=;\r\na;b,c\r\n");
	assert_row("a|b,c");
	assert_int_equal(sheet.line, 2);
}

static void quotes_hold_separators_line_breaks_and_quotes(void **state)
{
	(void)state;
	begin("a,b,c\n\"1,5\",\"two\r\nlines, \"\"quoted\"\"\" ,3\n");
	assert_row("a|b|c");
	assert_row("1,5|two\nlines, \"quoted\"|3");
	assert_int_equal(sheet.cells[1].line, 2);
	assert_int_equal(sheet.cells[1].column, 7);
	assert_int_equal(sheet.cells[2].line, 3);
}

static void a_quote_inside_a_cell_is_text(void **state)
{
	(void)state;
	begin("a,5\" pipe,c");
	assert_row("a|5\" pipe|c");
}

static void columns_count_characters_not_bytes(void **state)
{
	(void)state;
	begin("\xC3\xA9t\xC3\xA9,b");
	assert_row("\xC3\xA9t\xC3\xA9|b");
	assert_int_equal(sheet.cells[1].column, 5);
}

static void an_open_quote_is_shown_where_it_begins(void **state)
{
	(void)state;
	begin("a,b\n1,\"no end\n2,3\n");
	assert_row("a|b");
	assert_refused(2, 3, "does not end");
}

static void a_text_after_a_quoted_cell_is_refused(void **state)
{
	(void)state;
	begin("a,b\n\"Ebb\" and flow,2\n");
	assert_row("a|b");
	assert_refused(2, 7, "after the end of a quoted cell");
}

static void windows_1252_is_named_as_not_utf_8(void **state)
{
	(void)state;
	begin("a,b\nCaf\xE9,2\n");
	assert_row("a|b");
	assert_refused(2, 4, "CSV UTF-8");
}

static void a_row_without_end_is_refused(void **state)
{
	static char long_row[SHEET_ROW_MAX_BYTES + 100];

	(void)state;
	memset(long_row, 'x', sizeof(long_row));
	sheet_begin(&sheet, long_row, sizeof(long_row), ',', true);
	assert_refused(1, 1, "over 1 MB");
	sheet_release(&sheet);
	memset(long_row, ',', sizeof(long_row));
	sheet_begin(&sheet, long_row, sizeof(long_row), ',', true);
	assert_refused(1, 257, "256 cells");
}

static void quotes_are_text_where_a_format_has_no_quotes(void **state)
{
	static const char TEXT[] = "tt1\t\"Quoted\t2\n";

	(void)state;
	sheet_begin(&sheet, TEXT, strlen(TEXT), '\t', false);
	assert_row("tt1|\"Quoted|2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_separator_is_the_most_frequent_outside_of_quotes),
			cmocka_unit_test_teardown(a_mark_line_ends_and_empty_rows_are_no_text, release),
			cmocka_unit_test_teardown(carriage_returns_alone_end_lines, release),
			cmocka_unit_test_teardown(the_hint_of_excel_is_no_row, release),
			cmocka_unit_test_teardown(quotes_hold_separators_line_breaks_and_quotes, release),
			cmocka_unit_test_teardown(a_quote_inside_a_cell_is_text, release),
			cmocka_unit_test_teardown(columns_count_characters_not_bytes, release),
			cmocka_unit_test_teardown(an_open_quote_is_shown_where_it_begins, release),
			cmocka_unit_test_teardown(a_text_after_a_quoted_cell_is_refused, release),
			cmocka_unit_test_teardown(windows_1252_is_named_as_not_utf_8, release),
			cmocka_unit_test_teardown(a_row_without_end_is_refused, release),
			cmocka_unit_test_teardown(quotes_are_text_where_a_format_has_no_quotes, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
