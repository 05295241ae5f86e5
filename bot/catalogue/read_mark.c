/* Is a show as its files are? */

#include "bot/catalogue/read_mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/zone.h"
#include "bot/catalogue/layers.h"
#include "bot/catalogue/picture.h"
#include "bot/catalogue/show.h"

static bool is_young(const struct file_mark *mark, uint64_t now_ms)
{
	const struct timespec *times[] = {&mark->modified, &mark->changed};

	/* In the future: a clock that was set. */
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if ((int64_t)times[i]->tv_sec * 1000 + READ_MARK_YOUNG_MS > (int64_t)now_ms)
			return true;
	return false;
}

static int sum_of(const char *path, uint64_t *ret)
{
	size_t length;
	char *bytes;
	int r = file_read(path, JSON_FILE_MAX_BYTES, &bytes, &length);

	if (r == 0) {
		*ret = str_hash(1, bytes, length);
		free(bytes);
	}
	return r == -ENOMEM ? r : 0;
}

int read_mark_take(
		const char *path, const char *copies, const struct read_mark *before, struct read_mark *ret)
{
	char *paths[READ_MARK_FILES] = {str_copy(path)};
	uint64_t now_ms = clock_wall_ms();
	int r = paths[0] ? 0 : -ENOMEM;

	*ret = (struct read_mark){0};
	if (r == 0 && copies)
		r = layers_path(path, copies, &paths[1]);
	if (r == 0 || r == -ENOENT)
		r = layers_path(path, NULL, &paths[2]);
	for (size_t i = 0; i < READ_MARK_FILES && r != -ENOMEM; i++) {
		if (!paths[i])
			continue;
		ret->files[i] = file_mark_of(paths[i]);
		ret->is_young = ret->is_young || is_young(&ret->files[i], now_ms);
	}
	for (size_t i = 0; i < READ_MARK_FILES && r != -ENOMEM; i++)
		if (paths[i] && (ret->is_young || (before && before->is_young)))
			r = sum_of(paths[i], &ret->sums[i]);
	for (size_t i = 0; i < READ_MARK_FILES; i++)
		free(paths[i]);
	return r == -ENOMEM ? r : 0;
}

static struct file_mark zone_mark(const struct show *show)
{
	struct str path = STR(FILE_PATH_MAX_BYTES);
	struct file_mark mark = {0};

	if (!show->zone)
		return mark;
	str_printf(&path, "%s/%s", zone_folder(), show->zone);
	mark = file_mark_of(str_text(&path));
	str_release(&path);
	return mark;
}

void read_mark_finish(struct read_mark *mark, const struct show *show)
{
	mark->zone = zone_mark(show);
	mark->is_known = !is_young(&mark->zone, clock_wall_ms());
}

static bool is_there(const char *image)
{
	return !picture_is_file(image) || access(image, R_OK) == 0;
}

/* A picture beside the dataset that is gone is worth a warning. */
static bool has_pictures(const struct show *show)
{
	bool is_so = is_there(show->image);

	for (size_t i = 0; i < show->episode_count && is_so; i++)
		is_so = is_there(show->episodes[i].image);
	for (size_t i = 0; i < show->character_count && is_so; i++)
		is_so = is_there(show->characters[i].image);
	return is_so;
}

bool read_mark_holds(const struct read_mark *before, struct read_mark *now, const struct show *show)
{
	if (!before->is_known)
		return false;
	for (size_t i = 0; i < READ_MARK_FILES; i++)
		if (!file_mark_equal(&before->files[i], &now->files[i]) ||
				(before->is_young && before->sums[i] != now->sums[i]))
			return false;
	now->zone = zone_mark(show);
	now->is_known = file_mark_equal(&before->zone, &now->zone) && has_pictures(show);
	return now->is_known;
}
