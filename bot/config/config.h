#ifndef EPISODED_CONFIG_H
#define EPISODED_CONFIG_H

/*
 * The configuration file as structs. JSON with comments; unknown keys, wrong
 * types and missing secrets are problems with file, line, column and the fix.
 *
 * bot/config/ knows no network. Each network describes its keys as a struct
 * network (bot/gateway/TYPE/config.c), and the caller of config_load() passes
 * the list of networks.
 */

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/config/sites.h"

#define CONFIG_GATEWAYS_MAX     64
#define CONFIG_CHANNELS_MAX     100
#define CONFIG_PREFIX_MAX_BYTES 8
#define CONFIG_OWNERS_MAX       32 /* of one gateway */

/* How an owner is identified. Never by nick: anybody can take a nick. */
enum owner_kind {
	OWNER_ACCOUNT,     /* of the network's services */
	OWNER_FINGERPRINT, /* of a certificate, as the network reports it: lower-case hexadecimal digits */
	OWNER_USER_ID,     /* the network's numeric user ID */
	OWNER_EVERYBODY,   /* in a lobby that only this machine can reach */
};
struct config_owner {
	enum owner_kind kind;
	char *text;
};
struct config_owners {
	struct config_owner *list;
	size_t count;
};

/* ---------------------------------------------------------------- gateways */

/* Where a value is written in the file; line 0: nowhere. */
struct config_place {
	unsigned line, column;
};

struct config_field;
struct config_reader;
struct gateway_class;
struct gateway_config;
struct json_node;
struct network_draft;

/* What the configuration needs to know of a network: one constant in each folder of bot/gateway/. */
struct network {
	const char *type;                  /* the value of "type" */
	const struct gateway_class *class; /* runs its gateways; not used in bot/config/ */
	size_t config_bytes; /* size of its struct, whose first member is a struct gateway_config */
	/* Its keys besides "name" and "type", in the order in which error messages list them
	 * (bot/config/reader.h). */
	const struct config_field *fields;
	size_t field_count;
	/* Called after all keys are read: defaults and checks that involve several keys. May be NULL. */
	void (*finish)(struct config_reader *reader, struct json_node *object, struct gateway_config *config);
	bool has_open_owners; /* "owners" is "everybody" or "nobody": nothing identifies a person for good */
	bool has_user_ids;    /* people are known by number ("user_id"), not by account */
	/* Is this a valid channel name for !join? NULL: the bot cannot join channels, it is invited. */
	bool (*is_channel)(const char *name);
	/* What "episoded init" asks (bot/config/draft.h). NULL: it does not know the network. */
	const struct network_draft *draft;
};

struct config_channels {
	char **names;
	size_t count;
};

/* Common to all gateways: the first member of each network's own struct. Immutable once read, and shared by
 * reference count. */
struct gateway_config {
	const struct network *network;
	unsigned references;
	char *name; /* unique; [a-z0-9-], at most 32 bytes */
	struct config_owners owners;
	struct config_channels channels; /* as written; see struct gateway_wanted */
	bool has_file;                   /* it is written in a file, which a person can edit */
	struct config_place place;
	char *proxy; /* of networks with the key: a URL, perhaps with a password; "": no proxy; NULL: the
			environment's (net/proxy.h) */
};

const struct gateway_config *gateway_config_ref(const struct gateway_config *config);
/* NULL-safe. The last reference frees everything; secrets are wiped. */
void gateway_config_unref(const struct gateway_config *config);

enum config_change {
	CONFIG_SAME,
	CONFIG_LIVE,    /* a connected gateway can apply it */
	CONFIG_RESTART, /* the gateway must be stopped and created again */
};
/* How a gateway that runs with configuration a can change to b. */
enum config_change gateway_config_compare(const struct gateway_config *a, const struct gateway_config *b);

/* A gateway as it should run: its configuration, and the channels it should be in (those configured, changed
 * by the owners' !join and !part). */
struct gateway_wanted {
	const struct gateway_config *config; /* a reference */
	struct config_channels channels;
};
int gateway_wanted_copy(const struct gateway_wanted *wanted, struct gateway_wanted *ret); /* -ENOMEM */
void gateway_wanted_release(struct gateway_wanted *wanted);

int config_channels_copy(const struct config_channels *channels, struct config_channels *ret); /* -ENOMEM */
bool config_channels_equal(const struct config_channels *a, const struct config_channels *b);
void config_channels_release(struct config_channels *channels);

/* ---------------------------------------------------------------- folders of datasets */

#define CONFIG_FOLDERS_MAX 8

/* A show of a later folder is used in place of one with its ID in an earlier one. */
struct config_folders {
	char **paths;
	size_t count;
};
int config_folders_add(struct config_folders *folders, const char *path); /* -ENOMEM */
bool config_folders_equal(const struct config_folders *a, const struct config_folders *b);
/* Append "A, B and C". */
void config_folders_describe(const struct config_folders *folders, struct str *str);
void config_folders_release(struct config_folders *folders);

/* ---------------------------------------------------------------- a PostgreSQL for the state */

#define DATABASE_HOSTS_MAX 8

struct database_host {
	char *name; /* a host name, an address, or the folder of a Unix socket: "/run/postgresql" */
	unsigned port;
};

/* Immutable once read. */
struct database_config {
	char *url;                                      /* as written, for messages: it has no password */
	struct database_host hosts[DATABASE_HOSTS_MAX]; /* tried in this order */
	size_t host_count;
	char *user, *database;
	char *password;                    /* a secret; NULL: without one */
	char *ca_file, *certificate, *key; /* may be NULL */
	bool is_plain;                     /* without TLS: Unix sockets and loopback only */
	char *host;      /* the name of this machine in "episoded cluster"; NULL: gethostname() */
	unsigned weight; /* this process's share of the work against the others'; 0: only the lobby */
};

/* ---------------------------------------------------------------- pictures of datasets */

/* "pictures": how links to pictures are fetched for the lobby's page. */
struct pictures_config {
	bool is_off;         /* no picture is fetched; those beside a dataset are shown */
	bool allows_private; /* also from addresses of the local network */
	char *ca_file;       /* NULL: the system's CAs */
};

/* ---------------------------------------------------------------- the file */

struct config {
	char *path;                 /* NULL for the embedded default */
	char *prefix;               /* "!" */
	struct config_folders data; /* of datasets, made absolute by the file's own folder; without any: what
				       came with the program, then shows */
	char *shows;                /* the operator's folder of shows without "data": beside the file */
	char *state;                /* folder of the store, and of files that only this machine needs */
	struct database_config *database; /* NULL: the store is in the folder */
	char *default_show;               /* id; NULL: the first */
	char *proxy;                      /* of gateways that name no other; as in struct gateway_config */
	struct config_site sites[CONFIG_SITES]; /* that shows are fetched from */
	struct pictures_config pictures;
	enum log_format log_format;
	enum log_level log_level;
	bool is_traced;         /* the wire is shown from the start */
	char **traced_gateways; /* names; an empty list means all */
	size_t traced_gateway_count;
	char *trace_file; /* NULL: standard error */
	const struct gateway_config **gateways;
	size_t gateway_count;
	struct config_place data_place, state_place, default_show_place, trace_file_place;
};

/*
 * config_load - read a configuration file.
 *
 * Shape:    docs/episoded.conf.5.scd and config/schema.json say all keys. Without "gateways", also in an empty
 *           file, there is one gateway of the first network, with that network's defaults.
 * Networks: the values that "type" can have, NULL at the end.
 * Report:   one line a problem, "FILE:LINE:COLUMN: what is wrong; the fix".
 * Secrets:  {"credential": "name"} from $CREDENTIALS_DIRECTORY, {"file": "path"}
 *           relative to the file, {"env": "NAME"}; one trailing line end is cut.
 * Errors:   -EBADMSG when the report has a problem, -ENOENT and others when the
 *           file cannot be read (also reported), -ENOMEM; *ret untouched.
 */
int config_load(const char *path, const struct network *const *networks, struct str *report,
		struct config **ret);

/* Only the gateways of one network, and their secrets as "-": for commands that run outside the service, where its
 * credentials are missing. */
int config_load_network(
		const char *path, const struct network *network, struct str *report, struct config **ret);

/* Only the datasets, the prefix and the default show: for "chat", which needs no gateway, no secret and no log. Unknown
 * keys are problems, but what the other keys contain is not read. */
int config_load_shows(const char *path, struct str *report, struct config **ret);

/* Only "state" and "database", with its password: for commands that need no gateway. As config_load_shows(). */
int config_load_database(const char *path, struct str *report, struct config **ret);

/* Only "data", "sites", "state" and "proxy", with their secrets: for commands that fetch a show. path NULL: without a file,
 * with the stored token. As config_load_shows(). */
int config_load_sites(const char *path, struct str *report, struct config **ret);

/* What the URL of a database does not say: the keys of "database" in a file, or, without a path, the stored password. The
 * URL of *database is parsed (config/database_url.h). */
int config_load_database_keys(const char *path, struct str *report, struct database_config *database);

/* The configuration without a file: one gateway of the first network, with that network's defaults. data is
 * the folder of datasets. listen: the value of the key "listen"; NULL: the network's default. The report and
 * -EBADMSG as of config_load(); the problems are of "--listen" and "--owners",
 * the value of the key "owners", which may be NULL, too. */
int config_default(const char *data, const char *listen, const char *owners,
		const struct network *const *networks, struct str *report, struct config **ret);

/* Append a problem of a configuration that was read, "FILE:LINE:COLUMN: text"; without a place "FILE: text", and
 * without a file the text alone. */
void config_report(const struct config *config, struct config_place place, bool is_warning,
		struct str *report, const char *format, ...) __attribute__((format(printf, 5, 6)));

void config_free(struct config *config); /* NULL-safe */

/* By name. NULL: there is no such gateway. */
const struct gateway_config *config_gateway(const struct config *config, const char *name);

#endif
