#ifndef EPISODED_CONFIG_H
#define EPISODED_CONFIG_H

/*
 * The configuration file as structs. JSON with comments; unknown keys, wrong
 * types and missing secrets are problems with file, line, column and the fix.
 */

#include "bot/base/log.h"
#include "bot/base/str.h"

#define CONFIG_GATEWAYS_MAX     64
#define CONFIG_CHANNELS_MAX     100
#define CONFIG_SERVERS_MAX      16 /* of one IRC network */
#define CONFIG_PREFIX_MAX_BYTES 8
#define CONFIG_OWNERS_MAX       32   /* of one gateway */
#define CONFIG_SHARDS_MAX       4096 /* of an application, over all its processes */

enum gateway_type { GATEWAY_LOBBY, GATEWAY_IRC, GATEWAY_DISCORD, GATEWAY_TWITCH };

/* How to log in to an account. */
enum sasl_mechanism {
	SASL_NONE,
	SASL_AUTO,
	SASL_EXTERNAL,
	SASL_SCRAM_SHA_512,
	SASL_SCRAM_SHA_256,
	SASL_PLAIN
};

/* How fast the bot may talk on IRC. */
enum config_flood { FLOOD_AUTO, FLOOD_SAFE, FLOOD_FAST, FLOOD_NONE };

/* Who may give the bot orders: never a nick, which anybody can take. */
enum owner_kind {
	OWNER_ACCOUNT,     /* the network's services' */
	OWNER_FINGERPRINT, /* of a certificate, as the network tells it: lower-case hexadecimal digits */
	OWNER_USER_ID,     /* the network's own number */
	OWNER_EVERYBODY,   /* in a lobby, which only this machine reaches */
};
struct config_owner {
	enum owner_kind kind;
	char *text;
};

/* How Discord packs what it sends. */
enum discord_compress { DISCORD_ZSTD, DISCORD_ZLIB, DISCORD_PLAIN };

/* scheme://host[:port][/path], taken apart. */
struct url {
	bool is_tls;         /* wss, ircs */
	bool is_stream;      /* irc, ircs: lines over TCP, no WebSocket */
	char *host;          /* lower case; an IPv6 address without its brackets */
	unsigned short port; /* the scheme's default filled in */
	char *path;          /* begins with '/', carries the query */
};

/* "wss://irc.example.org:8097/webirc?x=1"; release with config_url_release(). NULL when it is right, or what
 * is wrong with it: one phrase that never quotes it. */
const char *config_parse_url(const char *text, struct url *ret);
/* The same, and "ircs://irc.example.org:6697" and irc://, which have no path. */
const char *config_parse_irc_url(const char *text, struct url *ret);
void config_url_release(struct url *url);

struct gateway_config {
	char *name; /* unique; [a-z0-9-], at most 32 bytes */
	enum gateway_type type;
	char **channels;
	size_t channel_count;
	struct config_owner *owners;
	size_t owner_count;

	/* lobby */
	char *listen_host; /* a loopback address, numeric */
	unsigned short listen_port;

	/* irc */
	struct url url;
	char *url_text;     /* as written, for messages */
	struct url *others; /* more servers of the same network */
	size_t other_count;
	char *fingerprints;      /* SHA-256 of the certificates to trust in place of authorities: lower-case
				    hexadecimal digits, a space between two; NULL: none */
	char *certificate, *key; /* PEM files to show who we are; NULL: none */
	bool sts;                /* turn to TLS where the server asks for it, and stay there */
	char *nick;
	char *username; /* default: the nick */
	char *realname;
	char *origin;               /* the WebSocket handshake's; default: the server's own scheme and host */
	char *ca_file;              /* NULL: the system's */
	unsigned reconnect_base_ms; /* full-jitter back-off: the first delay's ceiling; 0: 1 s */
	unsigned reconnect_cap_ms;  /* and the longest; 0: 5 min */
	enum sasl_mechanism sasl_mechanism;
	char *sasl_account, *sasl_password; /* a secret; NULL: none */
	bool sasl_required;                 /* without the login the network is of no use */
	enum config_flood flood;
	char *services; /* who gives a nick back ("NickServ") */
	char *password; /* the server's (PASS); a secret, NULL when none; released with explicit_bzero */

	/* twitch; url, nick (the login), ca_file and reconnect_* as for irc, token as for discord, without
	 * "oauth:" */
	bool is_verified; /* Twitch grants it the limits of a verified bot */

	/* discord; ca_file as for irc */
	char *token;          /* a secret, without "Bot " */
	char *api;            /* "https://discord.com/api/v10", no slash at its end */
	unsigned shards;      /* of the application; 0: as many as Discord recommends */
	unsigned shard_first; /* those this process runs; */
	unsigned shard_last;  /* UINT_MAX: up to the last */
	enum discord_compress compress;
	unsigned global_rate;       /* requests a second; large bots are granted more than 50 */
	bool is_plain;              /* "style": "text": no cards */
	uint64_t *spoiler_channels; /* ids of channels where spoilers stand unveiled */
	size_t spoiler_channel_count;
};

struct config {
	char *path;         /* NULL for the embedded default */
	char *prefix;       /* "!" */
	char *data;         /* folder of datasets, made absolute by the file's own folder; NULL: what came
				with the program */
	char *state;        /* folder of the store */
	char *default_show; /* id; NULL: the first */
	enum log_format log_format;
	enum log_level log_level;
	bool is_traced;         /* the wire is shown from the start */
	char **traced_gateways; /* names; none: all of them */
	size_t traced_gateway_count;
	char *trace_file; /* NULL: standard error */
	struct gateway_config *gateways;
	size_t gateway_count;
};

/*
 * config_load - read a configuration file.
 *
 * Shape:   docs/episoded.conf.5.scd and config/schema.json say all keys.
 * Report:  one line a problem, "FILE:LINE:COLUMN: what is wrong; the fix".
 * Secrets: {"credential": "name"} from $CREDENTIALS_DIRECTORY, {"file": "path"}
 *          relative to the file, {"env": "NAME"}; one trailing line end is cut.
 * Errors:  -EBADMSG when the report has a problem, -ENOENT and others when the
 *          file cannot be read (also reported), -ENOMEM; *ret untouched.
 */
int config_load(const char *path, struct str *report, struct config **ret);

/* Nothing configured: the lobby on 127.0.0.1:8067 with the shipped dataset. data is the folder of datasets.
 */
int config_default(const char *data, struct config **ret);

void config_free(struct config *config); /* secrets are wiped */

/* All servers are on this machine: nobody is on the way. */
bool config_irc_is_local(const struct gateway_config *config);

/* '#' and a login of Twitch's, in any case. */
bool config_is_twitch_channel(const char *text);

/* The same login ("sasl") and the same pace. */
bool config_login_same(const struct gateway_config *a, const struct gateway_config *b);

/* A link made for one serves the other as well. */
bool config_irc_same_servers(const struct gateway_config *a, const struct gateway_config *b);

/* Nothing that shows differs; for a reload that leaves a gateway alone. */
bool gateway_config_equal(const struct gateway_config *a, const struct gateway_config *b);

/* Deep copy; the caller releases with gateway_config_release(). -ENOMEM: *ret untouched. */
int gateway_config_copy(const struct gateway_config *config, struct gateway_config *ret);
void gateway_config_release(struct gateway_config *config);

const char *gateway_type_name(enum gateway_type type);

#endif
