/* libwebsockets' vhosts for client connections: one for each CA file, with a TLS context of our own. */

#include "bot/net/vhost.h"

#include <errno.h>
#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/base/str.h"
#include "bot/net/tls.h"
#include "bot/net/tls_context.h"

#define NAME_MAX_BYTES 512

/* Lives as long as its vhost. */
struct vhost_data {
	char *name;   /* libwebsockets keeps a pointer to it */
	SSL_CTX *tls; /* NULL: no TLS */
};

/* Of the last handshake that failed; libwebsockets empties OpenSSL's queue before it reports the failure. */
static unsigned long last_error;

static void on_info(const SSL *tls, int where, int result)
{
	(void)tls;
	if (where == SSL_CB_CONNECT_EXIT && result <= 0 && ERR_peek_last_error())
		last_error = ERR_peek_last_error();
}

const char *vhost_tls_reason(void)
{
	unsigned long error = last_error;

	last_error = 0;
	return handshake_reason(error ? ERR_reason_error_string(error) : NULL);
}

static void free_data(struct vhost_data *data)
{
	if (!data)
		return;
	SSL_CTX_free(data->tls);
	free(data->name);
	free(data);
}

static void on_vhost_end(struct lws_vhost *vhost, void *data)
{
	(void)vhost;
	free_data(data);
}

/* With what libwebsockets sets in a context that it makes itself. Kept as long as the process runs. */
static SSL_CTX *make_tls(void)
{
	SSL_CTX *tls = tls_context_new();

	if (!tls)
		return NULL;
	SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(tls, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_info_callback(tls, on_info);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* verify every connection */
	return tls;
}

static struct vhost_data *make_data(const char *name, bool is_tls)
{
	struct vhost_data *data = calloc(1, sizeof(*data));

	if (!data)
		return NULL;
	data->name = str_copy(name);
	data->tls = is_tls ? make_tls() : NULL;
	if (data->name && (!is_tls || data->tls))
		return data;
	free_data(data);
	return NULL;
}

static int make_vhost(struct lws_context *lws, const struct lws_protocols *protocols, struct vhost_data *data,
		struct lws_vhost **ret)
{
	const struct lws_context_creation_info info = {
			.port = CONTEXT_PORT_NO_LISTEN,
			.protocols = protocols,
			.vhost_name = data->name,
			.user = data,
			.options = data->tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
			.provided_client_ssl_ctx = data->tls,
			.http_proxy_address = ":0", /* as in loop.c: proxies are net/stream.c's work */
			.connect_timeout_secs = 15, /* longer than all our own deadlines */
			.ka_time = 120, /* TCP keepalive, done by the kernel without waking the process */
			.ka_interval = 20,
			.ka_probes = 5,
			.finalize = on_vhost_end, /* called also if a later step fails */
			.finalize_arg = data,
	};

	*ret = lws_create_vhost(lws, &info);
	return *ret ? 0 : -ENOMEM;
}

int vhost_find(struct lws_context *lws, const struct lws_protocols *protocols, bool is_tls,
		const char *ca_file, struct lws_vhost **ret, char ret_reason[AUTHORITIES_REASON_BYTES])
{
	char name[NAME_MAX_BYTES];
	struct vhost_data *data;
	int r = 0;

	if ((size_t)snprintf(name, sizeof(name), "websocket%s%s", is_tls ? " tls " : "",
			    is_tls && ca_file ? ca_file : "") >= sizeof(name))
		return -ENAMETOOLONG;
	*ret = lws_get_vhost_by_name(lws, name);
	if (!*ret) {
		data = make_data(name, is_tls);
		r = data ? make_vhost(lws, protocols, data, ret) : -ENOMEM;
		if (r < 0)
			snprintf(ret_reason, AUTHORITIES_REASON_BYTES, "out of memory");
	}
	if (r < 0 || !is_tls)
		return r;
	/* A handshake that is under way verifies with the store it finds: the new one. */
	data = lws_vhost_user(*ret);
	return authorities_trust(ca_file, data->tls, ret_reason);
}
