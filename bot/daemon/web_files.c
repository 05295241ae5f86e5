/* Files that the lobby serves. */

#include "bot/daemon/web_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/file.h"
#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/calendar/address.h"
#include "bot/calendar/alarm.h"
#include "bot/calendar/calendar.h"
#include "bot/calendar/index.h"
#include "bot/catalogue/catalogue.h"
#include "bot/catalogue/picture.h"
#include "bot/config/config.h"
#include "bot/pictures/pictures.h"
#include "bot/store/store.h"

#define AREA            "calendar"
#define DAY_MS          (24ull * 3600 * 1000)
#define INDEX_MAX_BYTES (1024 * 1024)
#define CALENDARS_MAX   8 /* in memory, up to 700 kB each; the one that was written first makes place */

struct web_calendar {
	const struct show *show; /* NULL: of all shows */
	uint64_t day;            /* on which it was written, if it is of all shows: its beginning moves on */
	char *text;              /* with alarms of 0 minutes; NULL: not in use */
};

struct web_files {
	struct pictures *pictures; /* NULL: links to pictures are not fetched */
	struct web_calendar calendars[CALENDARS_MAX];
	size_t next; /* to be replaced */
};

int web_files_new(struct web_files **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void forget(struct web_files *files)
{
	for (size_t i = 0; i < CALENDARS_MAX; i++) {
		free(files->calendars[i].text);
		files->calendars[i] = (struct web_calendar){0};
	}
}

void web_files_free(struct web_files *files)
{
	if (!files)
		return;
	forget(files);
	pictures_free(files->pictures);
	free(files);
}

/* Without memory there are no pictures until the next reload. */
static void configure_pictures(struct web_files *files, struct loop *loop, const struct config *config)
{
	struct str folder = STR(FILE_PATH_MAX_BYTES);
	struct pictures_options options = {
			.proxy = config->proxy,
			.ca_file = config->pictures.ca_file,
			.allows_private = config->pictures.allows_private,
	};
	int r = 0;

	pictures_free(files->pictures);
	files->pictures = NULL;
	str_printf(&folder, "%s/pictures", config->state);
	options.folder = str_text(&folder);
	if (!config->pictures.is_off)
		r = folder.error ? folder.error : pictures_new(loop, &options, &files->pictures);
	if (r < 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = r},
				"links to pictures are not fetched");
	str_release(&folder);
}

void web_files_configure(struct web_files *files, struct loop *loop, const struct config *config)
{
	forget(files);
	configure_pictures(files, loop, config);
}

static const struct show *find_show(const struct catalogue *catalogue, const char *id)
{
	for (size_t i = 0; i < catalogue_count(catalogue); i++) {
		if (str_equal(catalogue_at(catalogue, i)->id, id))
			return catalogue_at(catalogue, i);
	}
	return NULL;
}

/* ---------------------------------------------------------------- what a calendar told before */

static int load_history(struct store *store, const char *id, struct calendar_history *ret)
{
	char *text = NULL;
	int r = store ? store_get(store, AREA, id, &text) : -ENOENT;

	if (r == 0)
		r = calendar_history_read(text, ret);
	free(text);
	return r == -ENOMEM ? r : 0;
}

/* Not kept: the calendar is right, and the same changes are found again after a restart, with a later time. */
static void save_history(struct store *store, const char *id, const struct calendar_history *history)
{
	char *text = NULL, *before = NULL;
	int r = calendar_history_write(history, &text);

	if (r == 0 && store_get(store, AREA, id, &before) == 0 && str_equal(text, before))
		goto out;
	if (r == 0)
		r = store_put(store, AREA, id, text);
	if (r < 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = r},
				"calendar of %s: its state is not kept, so that calendar programs may "
				"overlook a "
				"change",
				id);
out:
	free(text);
	free(before);
}

static int write_calendar(const struct show *show, struct store *store, uint64_t now_ms, char **ret)
{
	struct calendar_history history = {0};
	int r = load_history(store, show->id, &history);

	if (r == 0)
		r = calendar_write(show, 0, (int64_t)(now_ms / 1000), &history, ret);
	if (r == 0 && store)
		save_history(store, show->id, &history);
	calendar_history_release(&history);
	return r;
}

static int load_part(void *user, struct calendar_part *part)
{
	return load_history(user, part->show->id, &part->history);
}

static int write_all(const struct catalogue *catalogue, struct store *store, uint64_t now_ms, char **ret)
{
	int64_t now_s = (int64_t)(now_ms / 1000), since_s = now_s - CALENDAR_ALL_PAST_S;
	size_t count = catalogue_count(catalogue);
	struct calendar_part *parts = calloc(count + 1, sizeof(*parts));
	int r = parts ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && r == 0; i++)
		parts[i].show = catalogue_at(catalogue, i);
	if (r == 0)
		r = calendar_write_all(parts, count, 0, since_s, now_s, load_part, store, ret);
	for (size_t i = 0; i < count && parts; i++) {
		if (r == 0 && store && parts[i].is_told)
			save_history(store, parts[i].show->id, &parts[i].history);
		calendar_history_release(&parts[i].history);
	}
	free(parts);
	return r;
}

/* ---------------------------------------------------------------- calendars in memory */

/* The calendar of the show, or of all shows for NULL, written now if need be. Borrowed until the next call. NULL: no
 * memory. */
static const char *calendar_of(struct web_files *files, const struct catalogue *catalogue,
		const struct show *show, struct store *store, uint64_t now_ms)
{
	const uint64_t day = show ? 0 : now_ms / DAY_MS;
	struct web_calendar *place = &files->calendars[files->next];
	char *text = NULL;
	int r;

	for (size_t i = 0; i < CALENDARS_MAX; i++) {
		const struct web_calendar *calendar = &files->calendars[i];

		if (calendar->text && calendar->show == show && calendar->day == day)
			return calendar->text;
	}
	r = show ? write_calendar(show, store, now_ms, &text) : write_all(catalogue, store, now_ms, &text);
	if (r < 0)
		return NULL;
	free(place->text);
	*place = (struct web_calendar){show, day, text};
	files->next = (files->next + 1) % CALENDARS_MAX;
	return text;
}

/* ---------------------------------------------------------------- pictures */

static bool has_name(const char *image, const char *name)
{
	char other[PICTURE_NAME_BYTES];

	if (!*image)
		return false;
	picture_name(image, other);
	return str_equal(name, other);
}

static const char *find_in_show(const struct show *show, const char *name)
{
	if (has_name(show->image, name))
		return show->image;
	for (size_t i = 0; i < show->episode_count; i++) {
		if (has_name(show->episodes[i].image, name))
			return show->episodes[i].image;
	}
	for (size_t i = 0; i < show->character_count; i++) {
		if (has_name(show->characters[i].image, name))
			return show->characters[i].image;
	}
	return NULL;
}

/* The picture with this name; NULL: no dataset has it. What no dataset names is never read or fetched. */
static const char *find_picture(const struct catalogue *catalogue, const char *name)
{
	const char *image = NULL;

	for (size_t i = 0; i < catalogue_count(catalogue) && !image; i++)
		image = find_in_show(catalogue_at(catalogue, i), name);
	return image;
}

static int get_picture(struct web_files *files, const struct catalogue *catalogue, const char *name,
		struct web_file *ret)
{
	const char *image = find_picture(catalogue, name);
	int r;

	if (!image)
		return -ENOENT;
	if (picture_is_file(image))
		r = picture_read(image, &ret->bytes, &ret->length, &ret->type);
	else if (files->pictures)
		r = pictures_get(files->pictures, image, &ret->bytes, &ret->length, &ret->type);
	else
		r = -ENOENT;
	return r == 0 || r == -ENOMEM || r == -EAGAIN ? r : -ENOENT;
}

static int get_calendar(struct web_files *files, const struct catalogue *catalogue, struct store *store,
		const char *path, const char *query, uint64_t now_ms, struct web_file *ret)
{
	struct calendar_address address;
	const struct show *show;
	const char *text;
	int r = calendar_address_read(path, query, &address);

	if (r < 0)
		return r;
	show = *address.show ? find_show(catalogue, address.show) : NULL;
	if (*address.show && !show)
		return -ENOENT;
	text = calendar_of(files, catalogue, show, store, now_ms);
	*ret = (struct web_file){.type = "text/calendar; charset=utf-8"};
	r = text ? calendar_set_alarm(text, address.alarm_minutes, &ret->bytes) : -ENOMEM;
	if (r == 0)
		ret->length = strlen(ret->bytes);
	return r;
}

static int get_index(const struct catalogue *catalogue, struct web_file *ret)
{
	struct str page = STR(INDEX_MAX_BYTES);
	size_t length;
	char *bytes;

	calendar_index_append(&page, catalogue);
	length = page.length;
	if (str_take(&page, &bytes) < 0)
		return -ENOMEM;
	*ret = (struct web_file){.type = "text/html; charset=utf-8", .bytes = bytes, .length = length};
	return 0;
}

int web_files_get(struct web_files *files, const struct catalogue *catalogue, struct store *store,
		const char *path, const char *query, uint64_t now_ms, struct web_file *ret)
{
	if (str_starts(path, PICTURE_FOLDER))
		return get_picture(files, catalogue, path + strlen(PICTURE_FOLDER), ret);
	if (str_equal(path, CALENDAR_INDEX))
		return get_index(catalogue, ret);
	return get_calendar(files, catalogue, store, path, query, now_ms, ret);
}
