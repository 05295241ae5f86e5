/* Requests to Twitch's authorization server over HTTP. */

#include "bot/gateway/twitch/oauth_http.h"

#include "bot/gateway/twitch/config.h"
#include "bot/net/http.h"

#define USER_AGENT "episoded/" EPISODED_VERSION
#define FORM       "Content-Type: application/x-www-form-urlencoded"

int twitch_oauth_http_new(struct loop *loop, const struct twitch_config *config, struct http **ret)
{
	struct http *http;
	int r = http_new(loop, USER_AGENT, config->link.ca_file, &http);

	if (r < 0)
		return r;
	r = http_set_proxy(http, config->head.proxy);
	if (r < 0)
		http_free(http);
	else
		*ret = http;
	return r;
}

int twitch_oauth_http_start(struct http *http, enum twitch_oauth_call call,
		const struct twitch_oauth_parts *parts,
		void (*on_done)(void *user, const struct http_response *response), void *user)
{
	struct http_request request = {
			.is_repeatable = call == TWITCH_OAUTH_VALIDATE, .permit = parts->permit};
	struct twitch_oauth_request text;
	int r = twitch_oauth_write(call, parts, &text);

	if (r < 0)
		return r;
	request.method = text.method;
	request.url = str_text(&text.url);
	if (text.authorization.length)
		request.headers[0] = str_text(&text.authorization);
	if (text.body.length) {
		request.headers[0] = FORM;
		request.body = str_text(&text.body);
		request.body_bytes = text.body.length;
	}
	r = http_start(http, &request, on_done, user, NULL);
	twitch_oauth_release(&text);
	return r;
}
