/* libwebsockets' vhosts for client connections: one for each CA file. */

#include "bot/net/vhost.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/net/handshake.h"

#define NAME_MAX_BYTES 512

/* libwebsockets keeps a pointer to the vhost's name, and calls back when the vhost is destroyed. */
static void on_vhost_end(struct lws_vhost *vhost, void *name)
{
	(void)vhost;
	free(name);
}

static int trust(struct lws_context_creation_info *info, const char *ca_file, char *name, size_t size)
{
	if (!ca_file)
		ca_file = handshake_authorities();
	if (!ca_file)
		return -ENOENT;
	if (access(ca_file, R_OK) < 0)
		return -errno;
	if ((size_t)snprintf(name, size, "websocket %s", ca_file) >= size)
		return -ENAMETOOLONG;
	info->options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	info->client_ssl_ca_filepath = ca_file;
	return 0;
}

int vhost_find(struct lws_context *lws, const struct lws_protocols *protocols, bool is_tls,
		const char *ca_file, struct lws_vhost **ret)
{
	struct lws_context_creation_info info = {
			.port = CONTEXT_PORT_NO_LISTEN,
			.protocols = protocols,
			.http_proxy_address = ":0", /* as in loop.c */
			.connect_timeout_secs = 15, /* longer than all our own deadlines */
			.ka_time = 120, /* TCP keepalive, done by the kernel without waking the process */
			.ka_interval = 20,
			.ka_probes = 5,
	};
	char name[NAME_MAX_BYTES] = "websocket";
	int r = is_tls ? trust(&info, ca_file, name, sizeof(name)) : 0;

	if (r < 0)
		return r;
	*ret = lws_get_vhost_by_name(lws, name);
	if (*ret)
		return 0;
	info.vhost_name = strdup(name);
	if (!info.vhost_name)
		return -ENOMEM;
	info.finalize = on_vhost_end; /* also if a later step fails */
	info.finalize_arg = (void *)(uintptr_t)info.vhost_name;
	*ret = lws_create_vhost(lws, &info);
	return *ret ? 0 : -ENOMEM;
}
