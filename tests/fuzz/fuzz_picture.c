/*
 * The first bytes of what a server sent as a picture, a link of a dataset, and where a redirect leads. The input is a line
 * with a link, a line with a location, and the bytes of a picture.
 */

#include <errno.h>

#include "bot/catalogue/picture.h"
#include "bot/pictures/link.h"
#include "tests/fuzz/fuzzed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_link(const char *link)
{
	const char *host = link + strlen("https://");

	if (!picture_link_ok(link, false))
		return;
	assert(picture_link_ok(link, true) && str_starts(link, "https://") &&
			strlen(link) <= PICTURE_LINK_MAX_BYTES);
	fuzzed_check_line(link);
	assert(strcspn(host, "@") >= strcspn(host, "/?#"));
	assert(strcspn(host, ".") < strcspn(host, ":/?#"));
}

static void check_redirect(const char *link, const char *location)
{
	char *next = NULL;
	int r;

	if (!picture_link_ok(link, false))
		return;
	r = picture_link_follow(link, location, false, &next);
	assert(r == 0 || r == -EINVAL);
	assert((r == 0) == !!next);
	if (next)
		check_link(next);
	assert(!next || picture_link_ok(next, false));
	free(next);
}

static void check_file(const char *name)
{
	char *path = NULL;
	int r = picture_path("/shows/x.json", name, &path);

	assert(r == 0 || r == -EINVAL);
	if (r == 0)
		assert(str_starts(path, "/shows/") && path[7] != '/' && !strstr(path, "/.") &&
				!strchr(path, '\\'));
	free(path);
}

static void check_type(const char *bytes, size_t length)
{
	const char *type = picture_type_of(bytes, length);

	assert(!type || (str_starts(type, "image/") && !strstr(type, "svg")));
	assert(!type || length >= 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data, *first = size ? memchr(bytes, '\n', size) : NULL;
	const char *second = first ? memchr(first + 1, '\n', size - (size_t)(first + 1 - bytes)) : NULL;
	char *link, *location;

	check_type(bytes, size);
	if (!second)
		return 0;
	link = str_copy_bytes(bytes, (size_t)(first - bytes));
	location = str_copy_bytes(first + 1, (size_t)(second - first - 1));
	check_link(link);
	check_redirect(link, location);
	check_file(location);
	check_type(second + 1, size - (size_t)(second + 1 - bytes));
	free(link);
	free(location);
	return 0;
}
