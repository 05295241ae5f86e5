/* libcurl through a proxy. */

#include "bot/net/tunnel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/authorities.h"
#include "bot/net/tls.h"

int tunnel_set(CURL *easy, const char *proxy, struct tunnel *ret, char ret_reason[TUNNEL_REASON_BYTES])
{
	/* The proxy resolves the server's name with SOCKS5, too. */
	static const char *const schemes[] = {
			[PROXY_HTTP] = "http", [PROXY_HTTPS] = "https", [PROXY_SOCKS5] = "socks5h"};
	struct str text = STR(PROXY_URL_MAX_BYTES + 16);
	struct proxy_url url;
	const char *problem;
	int r = 0;

	if (!proxy) /* without the empty text libcurl would read the environment */
		return curl_easy_setopt(easy, CURLOPT_PROXY, "") ? -ENOMEM : 0;
	problem = proxy_url_parse(proxy, &url);
	if (problem) {
		utf8_print(ret_reason, TUNNEL_REASON_BYTES,
				"the URL of the proxy (\"proxy\", or https_proxy, http_proxy or all_proxy of "
				"the "
				"environment): %s",
				problem);
		return -EINVAL;
	}
	str_printf(&text, "%s://%s", schemes[url.kind], url.rest);
	if (text.error || curl_easy_setopt(easy, CURLOPT_PROXY, str_text(&text)) ||
			curl_easy_setopt(easy, CURLOPT_NOPROXY, "")) /* proxy_find() has looked at no_proxy */
		r = -ENOMEM;
	str_wipe(&text);
	curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	url.rest = NULL;
	if (r == 0)
		*ret = (struct tunnel){.has_proxy = true, .proxy = url};
	return r;
}

bool tunnel_meets_proxy(struct tunnel *tunnel)
{
	bool is_proxy = tunnel->has_proxy && tunnel->proxy.kind == PROXY_HTTPS && !tunnel->has_met_proxy;

	tunnel->has_met_proxy = true;
	return is_proxy;
}

bool tunnel_verify(X509_STORE_CTX *store, const char *host, char ret_reason[TUNNEL_REASON_BYTES])
{
	char reason[CERTIFICATE_REASON_BYTES] = "certificate refused";

	if (certificate_verify_http(store, host, reason))
		return true;
	utf8_print(ret_reason, TUNNEL_REASON_BYTES, "the proxy's certificate: %s", reason);
	authorities_doubt(NULL);
	return false;
}

/* The proxy's answer to CONNECT. */
static int explain_status(
		long status, const struct proxy_url *proxy, const char *name, const char *target, char *ret)
{
	switch (status) {
	case 401: /* tinyproxy 1.11, for a wrong password */
	case 407:
		if (proxy->has_user)
			utf8_print(ret, TUNNEL_REASON_BYTES,
					"the proxy %s refuses the user or the password (%ld): check them in "
					"\"proxy\", or in the variable of the environment",
					name, status);
		else
			utf8_print(ret, TUNNEL_REASON_BYTES,
					"the proxy %s requires a user and a password (%ld): put them into "
					"\"proxy\", or into the variable of the environment",
					name, status);
		break;
	case 403:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"the proxy %s does not allow a connection to %s (403): allow host and port "
				"in its "
				"rules, or list the host in no_proxy",
				name, target);
		break;
	case 502:
	case 503:
	case 504:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"the proxy %s cannot reach %s (%ld): check the address, and the proxy's own "
				"connection",
				name, target, status);
		break;
	case 400:
	case 404:
	case 405:
	case 501:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"%s is no proxy, or one without CONNECT (%ld): check the proxy's host and "
				"port",
				name, status);
		break;
	default:
		utf8_print(ret, TUNNEL_REASON_BYTES, "the proxy %s answers %ld to CONNECT %s: see its log",
				name, status, target);
	}
	return -EHOSTUNREACH;
}

static int explain_socks(CURL *easy, const char *name, const char *target, char *ret)
{
	long error = CURLPX_OK;

	curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &error);
	switch (error) {
	case CURLPX_NO_AUTH:
	case CURLPX_USER_REJECTED:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"the SOCKS proxy %s refuses the user or the password, or requires them: "
				"check "
				"\"proxy\"",
				name);
		break;
	case CURLPX_REPLY_NOT_ALLOWED:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"the SOCKS proxy %s does not allow a connection to %s: allow host and port "
				"in its "
				"rules, or list the host in no_proxy",
				name, target);
		break;
	case CURLPX_REPLY_HOST_UNREACHABLE:
	case CURLPX_REPLY_NETWORK_UNREACHABLE:
	case CURLPX_REPLY_CONNECTION_REFUSED:
	case CURLPX_REPLY_TTL_EXPIRED:
	case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"the SOCKS proxy %s cannot reach %s: check the address, and the proxy's own "
				"connection",
				name, target);
		break;
	default:
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"%s is no SOCKS5 proxy, or closed the connection: check the proxy's host and "
				"port",
				name);
	}
	return -EHOSTUNREACH;
}

/* No answer, or one that is not HTTP. */
static int explain_silence(CURLcode code, const char *name, char *ret)
{
	if (code == CURLE_OPERATION_TIMEDOUT) {
		utf8_print(ret, TUNNEL_REASON_BYTES,
				"no answer from the proxy %s: check the proxy's host and port, and whether "
				"it runs",
				name);
		return -ETIMEDOUT;
	}
	utf8_print(ret, TUNNEL_REASON_BYTES,
			"%s closed the connection, or answered CONNECT with something that is not HTTP: "
			"check the "
			"proxy's host, port and scheme",
			name);
	return -EHOSTUNREACH;
}

static int explain_connect(CURL *easy, const char *name, char *ret)
{
	long error = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	utf8_print(ret, TUNNEL_REASON_BYTES,
			"the proxy %s cannot be reached (%s): check the proxy's host and port, and whether "
			"it runs",
			name,
			error > 0 && error != ECONNREFUSED ? strerror((int)error) : "connection refused");
	return -EHOSTUNREACH;
}

int tunnel_explain(CURL *easy, CURLcode code, const struct tunnel *tunnel, const char *target,
		const char *text, char ret_reason[TUNNEL_REASON_BYTES])
{
	const struct proxy_url *proxy = &tunnel->proxy;
	char name[PROXY_SHOWN_MAX_BYTES + 1];
	long status = 0;

	if (!tunnel->has_proxy)
		return 0;
	proxy_url_show(proxy, name);
	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	/* The proxy resolves the server's name, so that a name which libcurl could not is the proxy's. */
	if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_RESOLVE_HOST) {
		utf8_print(ret_reason, TUNNEL_REASON_BYTES,
				"the host of the proxy %s is not known: check the proxy's host, and the name "
				"server",
				name);
		return -EHOSTUNREACH;
	}
	if (code == CURLE_COULDNT_CONNECT)
		return explain_connect(easy, name, ret_reason);
	if (code == CURLE_PROXY)
		return explain_socks(easy, name, target, ret_reason);
	if (status && status / 100 != 2)
		return explain_status(status, proxy, name, target, ret_reason);
	if (status / 100 == 2)
		return 0; /* the tunnel is there */
	if (proxy->kind == PROXY_SOCKS5 && code != CURLE_OPERATION_TIMEDOUT)
		return 0; /* libcurl does not say whether it is */
	if (code == CURLE_SSL_CONNECT_ERROR && proxy->kind == PROXY_HTTPS) {
		utf8_print(ret_reason, TUNNEL_REASON_BYTES,
				"the proxy %s: no TLS (%s): is it an http:// proxy?", name,
				text && *text ? text : curl_easy_strerror(code));
		return -EHOSTUNREACH;
	}
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
			code == CURLE_SSL_CACERT_BADFILE || code == CURLE_OUT_OF_MEMORY)
		return 0;
	return explain_silence(code, name, ret_reason);
}
