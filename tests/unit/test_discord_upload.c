/* A file that is sent with a request's JSON. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/rest/upload.h"

static void the_json_and_the_file_are_parts(void **state)
{
	const struct discord_upload upload = {"a\0b", 3, "image/png"};
	struct str header = STR(100), body = STR(1000);

	(void)state;
	discord_upload_append_header("XX", &header);
	discord_upload_append_body(&upload, "{}", "XX", &body);
	assert_string_equal(str_text(&header), "Content-Type: multipart/form-data; boundary=XX");
	assert_non_null(strstr(str_text(&body),
			"--XX\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n"
			"Content-Type: application/json\r\n\r\n{}\r\n--XX\r\n"
			"Content-Disposition: form-data; name=\"files[0]\"; "
			"filename=\"picture.png\"\r\nContent-Type: image/png\r\n\r\na"));
	assert_memory_equal(body.bytes + body.length - 13, "a\0b\r\n--XX--\r\n", 13);
	str_release(&header);
	str_release(&body);
}

static void a_name_is_made_of_the_type(void **state)
{
	char name[DISCORD_UPLOAD_NAME_BYTES];

	(void)state;
	discord_upload_name("image/webp", name);
	assert_string_equal(name, "picture.webp");
	discord_upload_name("nonsense", name);
	assert_string_equal(name, "picture.bin");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_json_and_the_file_are_parts),
			cmocka_unit_test(a_name_is_made_of_the_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
