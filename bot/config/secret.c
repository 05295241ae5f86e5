/* Secrets: the configuration names them, a credential, file or variable holds them, and no message shows
 * them. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/config/reader.h"

#define FORMS "{\"credential\": \"name\"}, {\"file\": \"path\"} or {\"env\": \"NAME\"}"

/* A secret, its line end, and one more byte to notice that it is too long. */
#define BUFFER_BYTES (CONFIG_SECRET_MAX_BYTES + 3)

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* Check and keep the text of a secret: cut one line end, refuse control characters, which an IRC line cannot
 * carry. */
static void keep_secret(struct config_reader *reader, const struct json_node *node, char *bytes,
		size_t length, char **field)
{
	char *secret;

	if (length > 0 && bytes[length - 1] == '\n')
		length--;
	if (length > 0 && bytes[length - 1] == '\r')
		length--;
	if (length == 0) {
		json_problem(reader->json, node, "the secret is empty; put one line into it");
		return;
	}
	if (length > CONFIG_SECRET_MAX_BYTES) {
		json_problem(reader->json, node, "the secret is too long; the limit is %d bytes",
				CONFIG_SECRET_MAX_BYTES);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)bytes[i] >= 0x20)
			continue;
		json_problem(reader->json, node, "the secret must be one line without control characters");
		return;
	}
	secret = str_copy_bytes(bytes, length);
	if (!secret) {
		reader->error = -ENOMEM;
		return;
	}
	config_secret_free(*field);
	*field = secret;
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

static void read_secret_file(struct config_reader *reader, const struct json_node *node, const char *path,
		bool is_ours, char **field)
{
	char bytes[BUFFER_BYTES];
	size_t length = 0;
	mode_t mode = 0;
	int r = config_read_file(path, bytes, sizeof(bytes), &length, &mode);

	if (r < 0) {
		json_problem(reader->json, node, "the secret cannot be read from %.200s: %s", path,
				strerror(-r));
		return;
	}
	if (is_ours)
		config_warn_of_mode(reader, node, path, mode);
	keep_secret(reader, node, bytes, length, field);
	explicit_bzero(bytes, sizeof(bytes));
}

static void from_credential(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct str path = STR(4096);

	if (name[strspn(name, LETTERS DIGITS "._-")] || !*name || name[0] == '.') {
		json_problem(reader->json, node,
				"the name of a credential may contain letters, digits and . _ - only; a path "
				"needs "
				"\"file\"");
		return;
	}
	if (!folder) {
		json_problem(reader->json, node,
				"no credentials available: systemd passes them to the service "
				"(LoadCredential=%.64s:...); "
				"to check by hand, set "
				"CREDENTIALS_DIRECTORY=/run/credentials/episoded.service",
				name);
		return;
	}
	str_printf(&path, "%s/%s", folder, name);
	if (!path.error)
		read_secret_file(reader, node, str_text(&path), false, field);
	else if (path.error == -EMSGSIZE)
		json_problem(reader->json, node, "the path of the credential is too long");
	else
		reader->error = path.error;
	str_release(&path);
}

static void from_file(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field)
{
	char *path = NULL;

	config_keep_path(reader, &path, name);
	if (path)
		read_secret_file(reader, node, path, true, field);
	free(path);
}

static void from_environment(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field)
{
	char bytes[BUFFER_BYTES];
	const char *value;
	size_t length;

	if (!*name || name[strspn(name, LETTERS DIGITS "_")] || strchr(DIGITS, name[0])) {
		json_problem(reader->json, node,
				"the name of a variable may contain letters, digits and _ only");
		return;
	}
	value = getenv(name);
	if (!value) {
		json_problem(reader->json, node,
				"the environment variable %.64s is not set; set it, or use another of %s",
				name, FORMS);
		return;
	}
	length = strnlen(value, sizeof(bytes));
	memcpy(bytes, value, length);
	keep_secret(reader, node, bytes, length, field);
	explicit_bzero(bytes, sizeof(bytes));
}

void config_read_secret(struct config_reader *reader, struct json_node *object, const char *key, char **field)
{
	static const char *const known[] = {"credential", "file", "env"};
	struct json_node *node = json_get(object, key), *source;
	const char *name;

	if (json_type(node) == JSON_NULL)
		return;
	if (json_type(node) != JSON_OBJECT) {
		/* The message does not quote the value: it may be the secret. */
		json_problem(reader->json, node, "secrets do not belong in this file; \"%s\" must be %s", key,
				FORMS);
		return;
	}
	json_known_keys(reader->json, node, known, sizeof(known) / sizeof(known[0]), false);
	source = json_first(node);
	name = json_string(source);
	if (json_count(node) != 1 || !name) {
		json_problem(reader->json, node, "\"%s\" must be exactly one of %s", key, FORMS);
		return;
	}
	if (reader->is_partial)
		config_keep(reader, field, "-");
	else if (str_equal(json_key(source), "credential"))
		from_credential(reader, source, name, field);
	else if (str_equal(json_key(source), "file"))
		from_file(reader, source, name, field);
	else if (str_equal(json_key(source), "env"))
		from_environment(reader, source, name, field);
}

void config_secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}
