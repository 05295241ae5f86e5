/* Secrets: the configuration names them, a credential, file or variable holds them, and no message shows
 * them. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/config/reader.h"
#include "bot/config/secret_store.h"
#include "bot/config/secret_text.h"

#define FORMS "{\"credential\": \"name\"}, {\"file\": \"path\"} or {\"env\": \"NAME\"}"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

#define SERVICE_FOLDER EPISODED_SYSCONFDIR "/episoded" /* of the service's configuration */

/* A secret of the configuration, while it is read. */
struct secret_read {
	struct config_reader *reader;
	const struct json_node *node; /* of problems */
	enum secret_kind kind;
	char **field;
};

/* Check and keep the text of a secret. */
static void keep_secret(const struct secret_read *read, char *bytes, size_t length)
{
	struct secret_span span = {bytes, length};
	char problem[SECRET_PROBLEM_BYTES], *secret;
	bool is_certain;

	if (!secret_trim(&span, problem)) {
		json_problem(read->reader->json, read->node, "the secret %s", problem);
		return;
	}
	if (!secret_check(&span, read->kind, &is_certain, problem)) {
		if (is_certain) {
			json_problem(read->reader->json, read->node, "the secret %s", problem);
			return;
		}
		json_warning(read->reader->json, read->node, "the secret %s, unless the password has this",
				problem);
	}
	secret = str_copy_bytes(span.bytes, span.length);
	if (!secret) {
		read->reader->error = -ENOMEM;
		return;
	}
	config_secret_free(*read->field);
	*read->field = secret;
}

int config_read_file(const char *path, char *bytes, size_t size, size_t *ret_length, mode_t *ret_mode)
{
	struct stat status;
	size_t length = 0;
	ssize_t count;
	int fd, r = 0;

	/* O_NONBLOCK: opening a FIFO without a writer must not block the daemon. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0) {
		r = -errno;
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		r = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
		goto out;
	}
	do {
		count = read(fd, bytes + length, size - length);
		if (count < 0 && errno != EINTR) {
			r = -errno;
			goto out;
		}
		length += count > 0 ? (size_t)count : 0;
	} while (count != 0 && length < size);
	*ret_length = length;
	*ret_mode = status.st_mode;
out:
	close(fd);
	return r;
}

void config_warn_of_mode(
		struct config_reader *reader, const struct json_node *node, const char *path, mode_t mode)
{
	if (mode & (S_IROTH | S_IWOTH))
		json_warning(reader->json, node,
				"every user of this machine can read %.200s; run chmod 600 on it", path);
}

/* ---------------------------------------------------------------- files and the service */

/* The name under which a file would be stored: its own, if it is a name. */
static const char *stored_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return secret_check_name(name) ? "NAME" : name;
}

/* The service of this configuration does not run as root, but root checks it by hand. */
static bool is_checked_for_the_service(const struct config_reader *reader)
{
	return geteuid() == 0 && !getenv("INVOCATION_ID") && str_equal(reader->folder, SERVICE_FOLDER) &&
	       access("/run/systemd/system", F_OK) == 0;
}

void config_check_service_file(struct config_reader *reader, const struct json_node *node, const char *path)
{
	static const char *const hidden[] = {"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"};
	const char *name = stored_name(path);
	struct stat status;

	if (!is_checked_for_the_service(reader) || stat(path, &status) < 0)
		return;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (!str_starts(path, hidden[i]))
			continue;
		json_problem(reader->json, node,
				"the service does not see %.200s (its sandbox hides %s); run \"sudo episoded "
				"secret "
				"set %s < %.200s\" and refer to {\"credential\": \"%s\"}",
				path, hidden[i], name, path, name);
		return;
	}
	/* A file of another user or group was made for a service with User= or Group=. */
	if (status.st_uid == 0 && !(status.st_mode & S_IROTH) &&
			(status.st_gid == 0 || !(status.st_mode & S_IRGRP)))
		json_problem(reader->json, node,
				"the service cannot read %.200s, because it runs as its own user; run \"sudo "
				"episoded secret set %s < %.200s\" and refer to {\"credential\": \"%s\"}",
				path, name, path, name);
}

void config_report_unreadable(struct config_reader *reader, const struct json_node *node, const char *what,
		const char *path, int error)
{
	const char *name = stored_name(path);

	if (secret_is_in_service())
		json_problem(reader->json, node,
				"%s cannot be read from %.200s: %s; the service runs as its own user: run "
				"\"sudo episoded secret set %s\", refer to {\"credential\": \"%s\"}, and "
				"restart "
				"the service",
				what, path, strerror(-error), name, name);
	else if (error == -EACCES)
		json_problem(reader->json, node,
				"%s cannot be read from %.200s: %s; make the file readable for the user that "
				"runs "
				"the bot, or run \"episoded secret set %s\" and refer to {\"credential\": "
				"\"%s\"}",
				what, path, strerror(-error), name, name);
	else
		json_problem(reader->json, node, "%s cannot be read from %.200s: %s", what, path,
				strerror(-error));
}

/* -ENOENT and others: nothing reported. */
static int read_secret_file(const struct secret_read *read, const char *path, bool is_ours)
{
	char bytes[SECRET_BUFFER_BYTES];
	size_t length = 0;
	mode_t mode = 0;
	int r = config_read_file(path, bytes, sizeof(bytes), &length, &mode);

	if (r < 0)
		return r;
	if (is_ours) {
		config_warn_of_mode(read->reader, read->node, path, mode);
		config_check_service_file(read->reader, read->node, path);
	}
	keep_secret(read, bytes, length);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

void config_keep_credential_path(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field)
{
	struct str path = STR(SECRET_PATH_MAX_BYTES), reason = STR(SECRET_PATH_MAX_BYTES);
	const char *problem = secret_check_name(name);
	int r;

	if (problem) {
		json_problem(reader->json, node, "%s", problem);
		return;
	}
	r = secret_store_find(name, &path);
	if (r == 0 && access(str_text(&path), R_OK) < 0)
		r = -errno;
	if (r == 0)
		config_keep(reader, field, str_text(&path));
	else
		secret_store_explain(name, r, &reason);
	if (r == -ENOMEM || reason.error == -ENOMEM)
		reader->error = -ENOMEM;
	else if (r < 0)
		json_problem(reader->json, node, "the credential \"%s\" cannot be read: %s", name,
				str_text(&reason));
	str_release(&path);
	str_release(&reason);
}

void config_read_file_key(
		struct config_reader *reader, struct json_node *object, const char *key, char **field)
{
	struct json_node *node = json_get(object, key);
	const char *path = NULL, *name;

	if (node && json_type(node) == JSON_OBJECT) {
		static const char *const known[] = {"credential"};

		json_known_keys(reader->json, node, known, sizeof(known) / sizeof(known[0]), false);
		if (json_text(reader->json, node, "credential", JSON_REQUIRED, &name))
			config_keep_credential_path(reader, node, name, field);
		return;
	}
	if (!json_text(reader->json, object, key, JSON_OPTIONAL, &path))
		return;
	config_keep_path(reader, field, path);
	if (!*field)
		return;
	if (access(*field, R_OK) < 0)
		config_report_unreadable(reader, node, key, *field, -errno);
	else
		config_check_service_file(reader, node, *field);
}

static void from_credential(const struct secret_read *read, const char *name)
{
	struct config_reader *reader = read->reader;
	char *path = NULL;
	int r = 0;

	config_keep_credential_path(reader, read->node, name, &path);
	if (path)
		r = read_secret_file(read, path, false);
	if (r < 0)
		json_problem(reader->json, read->node, "the credential \"%s\" cannot be read: %.200s: %s",
				name, path, strerror(-r));
	free(path);
}

static void from_file(const struct secret_read *read, const char *name)
{
	char *path = NULL;
	int r;

	config_keep_path(read->reader, &path, name);
	if (!path)
		return;
	r = read_secret_file(read, path, true);
	if (r < 0)
		config_report_unreadable(read->reader, read->node, "the secret", path, r);
	free(path);
}

/* ---------------------------------------------------------------- the other sources */

static void from_environment(const struct secret_read *read, const char *name)
{
	char bytes[SECRET_BUFFER_BYTES];
	const char *value;
	size_t length;

	if (!*name || name[strspn(name, LETTERS DIGITS "_")] || strchr(DIGITS, name[0])) {
		json_problem(read->reader->json, read->node,
				"the name of a variable may contain letters, digits and _ only");
		return;
	}
	value = getenv(name);
	if (!value) {
		json_problem(read->reader->json, read->node,
				"the environment variable %.64s is not set; set it, or use another of %s",
				name, FORMS);
		return;
	}
	length = strnlen(value, sizeof(bytes));
	memcpy(bytes, value, length);
	keep_secret(read, bytes, length);
	explicit_bzero(bytes, sizeof(bytes));
}

static void read_secret(struct config_reader *reader, struct json_node *object, const char *key,
		enum secret_kind kind, char **field)
{
	static const char *const known[] = {"credential", "file", "env"};
	struct json_node *node = json_get(object, key), *source;
	struct secret_read read = {.reader = reader, .kind = kind, .field = field};
	const char *name, *owner;

	if (json_type(node) == JSON_NULL)
		return;
	if (json_type(node) != JSON_OBJECT) {
		/* The message does not quote the value: it may be the secret. */
		owner = json_string(json_get(object, "name"));
		owner = owner && !config_check_name(owner) ? owner : "my";
		json_problem(reader->json, node,
				"secrets do not belong in this file; run \"episoded secret set %.32s.%s\", "
				"and write "
				"\"%s\": {\"credential\": \"%.32s.%s\"}",
				owner, key, key, owner, key);
		return;
	}
	json_known_keys(reader->json, node, known, sizeof(known) / sizeof(known[0]), false);
	source = json_first(node);
	name = json_string(source);
	read.node = source;
	if (json_count(node) != 1 || !name) {
		json_problem(reader->json, node, "\"%s\" must be exactly one of %s", key, FORMS);
		return;
	}
	if (reader->is_partial)
		config_keep(reader, field, "-");
	else if (str_equal(json_key(source), "credential"))
		from_credential(&read, name);
	else if (str_equal(json_key(source), "file"))
		from_file(&read, name);
	else if (str_equal(json_key(source), "env"))
		from_environment(&read, name);
}

void config_read_secret(struct config_reader *reader, struct json_node *object, const char *key, char **field)
{
	read_secret(reader, object, key, SECRET_PASSWORD, field);
}

void config_read_token(struct config_reader *reader, struct json_node *object, const char *key, char **field)
{
	read_secret(reader, object, key, SECRET_TOKEN, field);
}

void config_read_credential(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field)
{
	const struct secret_read read = {
			.reader = reader, .node = node, .kind = SECRET_PASSWORD, .field = field};

	from_credential(&read, name);
}

void config_secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
