/* The servers of one network: their order, and the effect of STS on their URLs. */

#include "bot/irc/servers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/store/store.h"

#define STORE_AREA "irc/sts" /* key: the host */

void irc_servers_init(struct irc_servers *servers, const struct irc_server_list *config)
{
	*servers = (struct irc_servers){.config = config,
			.count = config->count < IRC_SERVERS_MAX ? config->count : IRC_SERVERS_MAX};
}

void irc_servers_configure(struct irc_servers *servers, const struct irc_server_list *config)
{
	assert(config->count == servers->config->count);
	servers->config = config;
}

/* A server's configured URL. */
static const struct url *url_of(const struct irc_servers *servers, size_t index)
{
	return &servers->config->urls[index];
}

/* ---------------------------------------------------------------- STS */

static void load(struct irc_server *server, const char *host, struct store *store)
{
	char *text = NULL;
	int r;

	if (server->is_read || !store)
		return;
	r = store_get(store, STORE_AREA, host, &text);
	if (r == 0)
		irc_sts_read(text, &server->policy); /* an unreadable policy counts as no policy */
	/* After a read error, try again at the next connection. */
	server->is_read = r == 0 || r == -ENOENT;
	free(text);
}

/* Save the current server's policy. A policy belongs to the host, so it applies to all servers with that host. */
static void keep(struct irc_servers *servers, struct store *store)
{
	const struct irc_server *server = &servers->list[servers->current];
	const char *host = url_of(servers, servers->current)->host;
	char text[IRC_STS_TEXT_BYTES];

	for (size_t i = 0; i < servers->count; i++)
		if (str_equal(url_of(servers, i)->host, host))
			servers->list[i].policy = server->policy;
	if (!store)
		return;
	irc_sts_format(&server->policy, text);
	/* Without a store the policy lasts as long as the process. */
	if (server->policy.duration_s)
		store_put(store, STORE_AREA, host, text);
	else
		store_delete(store, STORE_AREA, host);
}

void irc_servers_name(const struct irc_servers *servers, struct url *url)
{
	const struct url *current = url_of(servers, servers->current);

	url->host = current->host;
	url->path = current->path;
}

/* This machine's clock may be wrong, and a policy is a promise of the server: after its end by this clock, TLS is
 * tried once more before a connection without TLS. */
static bool is_in_force(struct irc_server *server, uint64_t wall_ms)
{
	bool is_in_force = irc_sts_holds(&server->policy, wall_ms);

	if (is_in_force || !server->policy.duration_s || server->is_tried)
		return is_in_force;
	server->is_tried = true;
	return true;
}

const struct url *irc_servers_url(
		struct irc_servers *servers, bool heeds_sts, struct store *store, uint64_t wall_ms)
{
	struct irc_server *server = &servers->list[servers->current];
	const struct url *url = url_of(servers, servers->current);
	unsigned short port = servers->upgrade_port;

	if (!heeds_sts || !url->is_stream || url->is_tls)
		return url;
	load(server, url->host, store);
	if (!port && is_in_force(server, wall_ms))
		port = server->policy.port;
	if (!port)
		return url;
	servers->turned = *url;
	servers->turned.is_tls = true;
	servers->turned.port = port;
	return &servers->turned;
}

bool irc_servers_hear_sts(struct irc_servers *servers, const char *text, const struct url *url,
		struct store *store, uint64_t wall_ms)
{
	struct irc_server *server = &servers->list[servers->current];
	struct irc_sts_value value;

	/* STS does not apply to WebSockets: their URL says whether they use TLS, and the port in STS is IRC's. */
	if (!url->is_stream || irc_sts_parse(text, &value) < 0)
		return false;
	if (!url->is_tls) {
		servers->upgrade_port = value.has_port ? value.port : 0;
		return value.has_port;
	}
	if (!value.has_duration)
		return false;
	irc_sts_learn(&server->policy, &value, url->port, wall_ms);
	server->is_read = true;
	server->is_tried = false;
	keep(servers, store);
	return false;
}

void irc_servers_rebase(struct irc_servers *servers, struct store *store, uint64_t wall_ms)
{
	struct irc_server *server = &servers->list[servers->current];

	if (!server->policy.duration_s || server->is_tried)
		return;
	irc_sts_rebase(&server->policy, wall_ms);
	keep(servers, store);
}

/* ---------------------------------------------------------------- order of servers and addresses */

const char *irc_servers_address(struct irc_servers *servers, const struct resolve_answer *answer)
{
	size_t order[RESOLVE_ADDRESSES_MAX] = {0}, families[2] = {0, 0}, count = 0;
	bool wants_v6 = strchr(answer->addresses[0], ':') != NULL; /* the resolver's first choice */

	if (!answer->count)
		return answer->addresses[0]; /* the empty string: no address */
	while (count < answer->count) {
		size_t *next = &families[wants_v6];

		while (*next < answer->count && (strchr(answer->addresses[*next], ':') != NULL) != wants_v6)
			(*next)++;
		if (*next < answer->count)
			order[count++] = (*next)++;
		wants_v6 = !wants_v6;
	}
	servers->offered = answer->count;
	return answer->addresses[order[(servers->first_address + servers->address) % answer->count]];
}

bool irc_servers_next(struct irc_servers *servers)
{
	if (servers->address + 1 < servers->offered) {
		servers->address++;
		return true;
	}
	servers->address = servers->offered = 0;
	/* The upgrade to TLS may have failed: let the server announce its policy again. */
	servers->upgrade_port = 0;
	servers->current = (servers->current + 1) % servers->count;
	if (++servers->tried < servers->count)
		return true;
	servers->tried = 0;
	return false;
}

void irc_servers_rotate(struct irc_servers *servers)
{
	servers->address = servers->offered = 0;
	servers->tried = 0;
	servers->upgrade_port = 0;
	servers->current = (servers->current + 1) % servers->count;
	if (servers->current == 0)
		servers->first_address++;
}
