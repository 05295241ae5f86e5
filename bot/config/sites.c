/* The sites that shows come from: "sites" of the configuration. */

#include "bot/config/sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/config/reader.h"
#include "bot/config/secret_store.h"

#define SHORT_KEY_BYTES 32

const char *config_check_tmdb_token(const char *token)
{
	if (strlen(token) == SHORT_KEY_BYTES && strspn(token, "0123456789abcdefABCDEF") == SHORT_KEY_BYTES)
		return "is the short \"API Key\"; store the long \"API Read Access Token\", which is on the "
		       "same "
		       "page, "
		       "themoviedb.org/settings/api";
	return NULL;
}

/* The credential that needs no key, if it is there. */
static void read_stored_token(struct config_reader *reader, const struct json_node *node, char **field)
{
	struct str path = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_find(SITES_TMDB_CREDENTIAL, &path);

	if (r == -ENOMEM)
		reader->error = r;
	else if (r == 0 && access(str_text(&path), F_OK) == 0)
		config_read_credential(reader, node, SITES_TMDB_CREDENTIAL, field);
	str_release(&path);
}

static const char *check_url(const char *text)
{
	if (strncmp(text, "https://", 8) != 0 || !text[8])
		return "must begin with https://";
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("?#@", *text))
			return "must be the address of an API, as in https://api.example.org";
	return NULL;
}

static void read_site(struct config_reader *reader, struct json_node *object, const char *const *known,
		size_t count, struct config_site *ret)
{
	json_known_keys(reader->json, object, known, count, false);
	config_read_checked(reader, object, "url", JSON_OPTIONAL, check_url, &ret->url);
	config_read_file_key(reader, object, "ca_file", &ret->ca_file);
}

void config_read_sites(struct config_reader *reader, struct json_node *root, struct config_site *sites)
{
	static const char *const names[] = {"tvmaze", "tmdb"}, *const keys[] = {"url", "ca_file", "token"};
	struct json_node *object = NULL, *site = NULL;
	struct config_site *tmdb = &sites[CONFIG_TMDB];
	const char *problem;

	if (json_object(reader->json, root, "sites", JSON_OPTIONAL, &object))
		json_known_keys(reader->json, object, names, 2, false);
	if (json_object(reader->json, object, "tvmaze", JSON_OPTIONAL, &site))
		read_site(reader, site, keys, 2, &sites[CONFIG_TVMAZE]);
	site = NULL;
	if (json_object(reader->json, object, "tmdb", JSON_OPTIONAL, &site)) {
		read_site(reader, site, keys, 3, tmdb);
		config_read_token(reader, site, "token", &tmdb->token);
	}
	if (!tmdb->token && !reader->is_partial)
		read_stored_token(reader, site ? site : object, &tmdb->token);
	problem = tmdb->token ? config_check_tmdb_token(tmdb->token) : NULL;
	if (problem)
		json_problem(reader->json, site ? json_get(site, "token") : root, "the token of TMDB %s",
				problem);
}

void config_sites_release(struct config_site sites[CONFIG_SITES])
{
	for (int i = 0; i < CONFIG_SITES; i++) {
		free(sites[i].url);
		free(sites[i].ca_file);
		config_secret_free(sites[i].token);
		sites[i] = (struct config_site){0};
	}
}
