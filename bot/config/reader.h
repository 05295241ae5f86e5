#ifndef EPISODED_CONFIG_READ_H
#define EPISODED_CONFIG_READ_H

/*
 * Reads a parsed document into structs. For the files of bot/config/ and for each network's config.c, which
 * describes its keys as a table:
 *
 *	struct echo_config {
 *		struct gateway_config head;
 *		char *greeting;
 *	};
 *
 *	static const struct config_field fields[] = {
 *			{"channels", &config_channels, CONFIG_HEAD(channels), .is_live = true},
 *			{"greeting", &config_text, CONFIG_AT(echo_config, greeting), .standard = "hi"},
 *	};
 */

#include <stddef.h>
#include <sys/types.h>

#include "bot/base/json.h"
#include "bot/config/config.h"
#include "bot/config/secret_text.h"

#define CONFIG_NAME_MAX_BYTES    32
#define CONFIG_CHANNEL_MAX_BYTES 64
#define CONFIG_URL_MAX_BYTES     1024
#define CONFIG_SHOW_MAX_BYTES    64

/* A document being read. Mistakes become problems of the document. */
struct config_reader {
	struct json *json;
	const char *folder; /* the file's own, absolute: relative paths begin here */
	const struct network *const *networks;
	const struct config *config; /* as read so far: the gateways before this one */
	bool is_partial; /* only gateways of the listed networks, and no secret is read: config_load_network() */
	int error;       /* -ENOMEM once memory has run out; sticky */
};

/*
 * config_read - a parsed document into a configuration; config_load() without the file.
 *
 * Errors: -EBADMSG when the document has a problem (after the call), -ENOMEM; *ret untouched.
 */
int config_read(struct json *json, const char *folder, const struct network *const *networks,
		struct config **ret);

/* gateway.c: one item of "gateways", with a reference for the caller. NULL: not an object, or out
 * of memory. */
const struct gateway_config *config_read_gateway(struct config_reader *reader, struct json_node *object);

/* ---------------------------------------------------------------- a network's keys */

/* Reads one key into config. */
typedef void config_read_field(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config);

/* A kind of value: how a member of this kind is read, compared and released. */
struct config_kind {
	config_read_field *read; /* may be NULL: then each field has its own */
	bool (*equal)(const void *a, const void *b);
	void (*release)(void *value); /* may be NULL */
};

/* A key, and the member that it is read into. */
struct config_field {
	const char *key; /* NULL: the member is set by finish(); the table compares and releases it */
	const struct config_kind *kind; /* NULL: the key has no member of its own */
	size_t offset;
	config_read_field *read; /* used in place of kind->read; may be NULL */
	bool is_live;            /* a change needs no new connection */
	int flags;               /* JSON_REQUIRED */

	/* Parameters of some kinds. check returns what is wrong with a text, or NULL when the text is valid;
	 * without a check every text is valid. */
	const char *(*check)(const char *text);
	const char *standard;     /* text: when the key is missing */
	const char *const *words; /* word: in the order of its enum; the first is the default */
	size_t word_count;
	long low, high, number; /* number: its range and its default; flag: its default */
};

#define CONFIG_AT(type, member) .offset = offsetof(struct type, member)
#define CONFIG_HEAD(member)     CONFIG_AT(gateway_config, member)

void *config_member(struct gateway_config *config, const struct config_field *field);
config_read_field
		config_read_elsewhere; /* reads nothing, because the reader of another key reads this key too */

extern const struct config_kind config_text; /* char * */
extern const struct config_kind
		config_readable_path;            /* char *; of a file that can be read; check gets its path */
extern const struct config_kind config_secret;   /* char *; wiped on release */
extern const struct config_kind config_token;    /* the same; one word that a website issued */
extern const struct config_kind config_proxy;    /* char *; wiped on release; see the head */
extern const struct config_kind config_word;     /* an enum */
extern const struct config_kind config_number;   /* unsigned */
extern const struct config_kind config_flag;     /* bool */
extern const struct config_kind config_channels; /* struct config_channels */
extern const struct config_kind config_owners;   /* of the head */

/* ---------------------------------------------------------------- single values */

/* Copy text into *field, in place of what was there. */
void config_keep(struct config_reader *reader, char **field, const char *text);
void config_keep_path(struct config_reader *reader, char **field, const char *path);
/* Read one of several words. *ret is its index, untouched when the key is missing or the word is unknown. */
void config_read_word(struct config_reader *reader, struct json_node *object, const char *key,
		const char *const *words, size_t count, size_t *ret);
/* Copy a text into *field if check() accepts it; check may be NULL. */
void config_read_checked(struct config_reader *reader, struct json_node *object, const char *key, int flags,
		const char *(*check)(const char *text), char **field);

/* secret.c: {"credential"|"file"|"env": ...} under key; *field is untouched when the key is missing. */
void config_read_secret(
		struct config_reader *reader, struct json_node *object, const char *key, char **field);
/* The same for a token that a website issued: one word. */
void config_read_token(struct config_reader *reader, struct json_node *object, const char *key, char **field);
/* A credential that is there without being named under a key; problems are reported at node. */
void config_read_credential(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field);
void config_secret_free(char *secret); /* wiped; NULL-safe */
/* The path of a credential that is a file of its own, such as a key; reported if it cannot be read. */
void config_keep_credential_path(
		struct config_reader *reader, const struct json_node *node, const char *name, char **field);
/* A private file under key: a path, or {"credential": "name"}, which is a file too. */
void config_read_file_key(
		struct config_reader *reader, struct json_node *object, const char *key, char **field);
/* Read at most size bytes of a file, never a FIFO or device, which could block. A negative errno. */
int config_read_file(const char *path, char *bytes, size_t size, size_t *ret_length, mode_t *ret_mode);
/* Report a private file that cannot be read, and what to do; what: "the secret". */
void config_report_unreadable(struct config_reader *reader, const struct json_node *node, const char *what,
		const char *path, int error);
/* Report a private file that root can read, while the service whose configuration root checks cannot. */
void config_check_service_file(struct config_reader *reader, const struct json_node *node, const char *path);
/* Warn of a secret file that others than its owner and group can read or write. */
void config_warn_of_mode(
		struct config_reader *reader, const struct json_node *node, const char *path, mode_t mode);

/* gateway.c: append the types of the networks that have a key, "irc, twitch". False: it is unknown to all. */
bool config_find_key(const struct config_reader *reader, const char *key, struct str *ret);
/* config.c: is it a key of the file, beside "gateways"? */
bool config_is_file_key(const char *key);

/* advice.c: append "PATH: cannot be read: WHY; the fix" to a report. error: a negative errno of json_parse_file(). */
void config_advise_unreadable(const char *path, int error, struct str *report);

/* data.c: "data", and the operator's folder beside the file. */
void config_read_data(struct config_reader *reader, struct json_node *root, struct config *config);

/* database.c: a PostgreSQL in "state" with the keys of "database", into config->database. */
void config_read_database(struct config_reader *reader, struct json_node *root, struct config *config);
/* database.c: the keys of "database", or the stored password, into a database whose URL is parsed. */
void config_read_database_keys(
		struct config_reader *reader, struct json_node *root, struct database_config *database);
/* database.c: problems of the gateways beside a database. */
void config_check_database(struct config_reader *reader, struct json_node *root);

/* sites.c: "sites", or the stored token of TMDB. */
void config_read_sites(struct config_reader *reader, struct json_node *root, struct config_site *sites);

/* pictures.c: "pictures". */
void config_read_pictures(struct config_reader *reader, struct json_node *root, struct pictures_config *ret);

/* proxy.c: "proxy" of an object; *field is untouched when the key is missing. */
void config_read_proxy(struct config_reader *reader, struct json_node *object, char **field);

/*
 * text.c, url.c: the syntax of strings: names, addresses and URLs. Each function returns NULL when
 * the text is valid, otherwise a phrase that says what is wrong and how to fix it. The phrase never
 * quotes the text.
 */
const char *config_check_prefix(const char *text);
const char *config_check_name(const char *text); /* of a gateway, of a show: [a-z0-9-] */
const char *config_check_account(const char *text);
const char *config_check_channel(const char *text);
const char *config_check_origin(const char *text);

/* True when problem is the "out of memory" that these functions return; then the reader's error is set to
 * -ENOMEM. */
bool config_no_memory(struct config_reader *reader, const char *problem);

/* "127.0.0.1:8067", "[::1]:8067", "localhost:8067" or "8067"; the caller frees *ret_host. */
const char *config_parse_listen(const char *text, char **ret_host, unsigned short *ret_port);

#endif
