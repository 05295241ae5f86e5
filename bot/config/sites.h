#ifndef EPISODED_CONFIG_SITES_H
#define EPISODED_CONFIG_SITES_H

/*
 * "sites": how the sites that shows come from are reached, where that differs from the standard. A site is contacted only
 * when a person imports from it, or when a show's file has "refresh".
 */

#define SITES_TMDB_CREDENTIAL "tmdb-key" /* used without being named */

enum config_site_id { CONFIG_TVMAZE, CONFIG_TMDB, CONFIG_SITES };

struct config_site {
	char *url;     /* of the API; NULL: the site's own */
	char *ca_file; /* NULL: the system's CAs */
	char *token;   /* a secret; NULL: not given */
};

void config_sites_release(struct config_site sites[CONFIG_SITES]);

/* NULL, or what is wrong with a token of TMDB; never quotes it. */
const char *config_check_tmdb_token(const char *token);

#endif
