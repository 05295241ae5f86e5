/* The folders of secrets. */

#include "bot/config/secret_store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/nearest.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

#define SERVICE_CONFIG EPISODED_SYSCONFDIR "/episoded"
#define SERVICE_FOLDER SERVICE_CONFIG "/secrets"

#define NAMES_MAX 256 /* of secrets, for "did you mean" */

const char *secret_check_name(const char *name)
{
	if (!*name || name[0] == '.' || name[strspn(name, LETTERS DIGITS "._-")])
		return "the name of a credential may contain letters, digits and . _ - only; a path needs "
		       "\"file\"";
	if (strlen(name) > SECRET_NAME_MAX_BYTES)
		return "the name of a credential has at most 64 bytes, as in \"discord.token\"";
	return NULL;
}

bool secret_store_is_of_service(void)
{
	return geteuid() == 0;
}

bool secret_is_in_service(void)
{
	return geteuid() != 0 && getenv("INVOCATION_ID") &&
	       (getenv("STATE_DIRECTORY") || getenv("NOTIFY_SOCKET"));
}

int secret_store_folder(struct str *ret)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (secret_store_is_of_service())
		str_append(ret, SERVICE_FOLDER);
	else if (base && *base == '/')
		str_printf(ret, "%s/episoded/secrets", base);
	else if (home && *home == '/')
		str_printf(ret, "%s/.config/episoded/secrets", home);
	else
		return -ENOENT;
	return ret->error;
}

int secret_store_find(const char *name, struct str *ret_path)
{
	const char *passed = getenv("CREDENTIALS_DIRECTORY");
	int r;

	if (passed && *passed) {
		str_printf(ret_path, "%s/" SECRET_CREDENTIAL_ID "_%s", passed, name);
		/* LoadCredential= of a single file, in the administrator's drop-in. */
		if (!ret_path->error && access(str_text(ret_path), F_OK) < 0 && errno == ENOENT &&
				strcmp(name, SECRET_CREDENTIAL_ID) != 0) {
			str_clear(ret_path);
			str_printf(ret_path, "%s/%s", passed, name);
		}
		return ret_path->error;
	}
	r = secret_store_folder(ret_path);
	if (r == 0)
		str_printf(ret_path, "/%s", name);
	return r ? r : ret_path->error;
}

/* ---------------------------------------------------------------- changes */

int secret_store_put(const char *name, const char *bytes, size_t length)
{
	struct str folder = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_folder(&folder);

	/* The service reads its configuration beside the secrets. */
	if (r == 0 && secret_store_is_of_service() && mkdir(SERVICE_CONFIG, 0755) == 0 &&
			chmod(SERVICE_CONFIG, 0755) < 0)
		r = -errno;
	if (r == 0)
		r = file_make_folder(str_text(&folder));
	if (r == 0)
		r = file_put(str_text(&folder), name, bytes, length);
	str_release(&folder);
	return r;
}

int secret_store_remove(const char *name)
{
	struct str path = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_folder(&path);

	if (r == 0)
		str_printf(&path, "/%s", name);
	if (r == 0)
		r = path.error;
	if (r == 0 && unlink(str_text(&path)) < 0)
		r = -errno;
	str_release(&path);
	return r;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int secret_store_each(void (*on_name)(void *user, const char *name), void *user)
{
	struct str folder = STR(SECRET_PATH_MAX_BYTES);
	struct dirent **entries = NULL;
	int count = 0, r = secret_store_folder(&folder);

	if (r == 0) {
		count = scandir(str_text(&folder), &entries, is_shown, alphasort);
		r = count < 0 ? -errno : 0;
	}
	for (int i = 0; i < count; i++) {
		on_name(user, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	str_release(&folder);
	return r;
}

/* ---------------------------------------------------------------- what to do */

struct name_list {
	char *list[NAMES_MAX];
	size_t count;
};

static void add_name(void *user, const char *name)
{
	struct name_list *names = user;

	if (names->count < NAMES_MAX && !secret_check_name(name)) {
		names->list[names->count] = str_copy(name);
		names->count += names->list[names->count] != NULL;
	}
}

/* "did you mean" is a help: without memory it is left out. */
static void append_nearest(const char *name, struct str *ret)
{
	struct name_list names = {.count = 0};
	const char *nearest = NULL;

	if (secret_store_each(add_name, &names) == 0)
		nearest = nearest_of(name, (const char *const *)names.list, names.count);
	if (nearest)
		str_printf(ret, "; did you mean \"%s\"?", nearest);
	for (size_t i = 0; i < names.count; i++)
		free(names.list[i]);
}

void secret_store_explain(const char *name, int error, struct str *ret)
{
	const char *passed = getenv("CREDENTIALS_DIRECTORY");
	struct str folder = STR(SECRET_PATH_MAX_BYTES);

	if (error != -ENOENT) {
		str_append(ret, strerror(-error));
	} else if (secret_is_in_service()) {
		str_printf(ret,
				"systemd has not passed this secret; run \"sudo episoded secret set %s\", "
				"then "
				"restart the service",
				name);
	} else if (passed && *passed) {
		str_printf(ret, "not in CREDENTIALS_DIRECTORY (%.200s)", passed);
	} else if (secret_store_folder(&folder) < 0) {
		str_append(ret, "no secrets: HOME is not set");
	} else {
		str_printf(ret, "not in %.200s; run \"episoded secret set %s\"", str_text(&folder), name);
		append_nearest(name, ret);
	}
	str_release(&folder);
}
