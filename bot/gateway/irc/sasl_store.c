/* Stores that the network of a gateway offers SCRAM. */

#include "bot/gateway/irc/sasl_store.h"

#include <stdlib.h>

#include "bot/base/str.h"

#define AREA_MAX_BYTES 1000
#define KEY            "sasl/scram"

bool irc_sasl_load_scram(struct store *store, const char *gateway)
{
	struct str area = STR(AREA_MAX_BYTES);
	char *text = NULL;
	bool is_known;

	str_printf(&area, "irc/%s", gateway);
	is_known = store && !area.error && store_get(store, str_text(&area), KEY, &text) == 0;
	free(text);
	str_release(&area);
	return is_known;
}

void irc_sasl_save_scram(struct store *store, const char *gateway)
{
	struct str area = STR(AREA_MAX_BYTES);

	str_printf(&area, "irc/%s", gateway);
	if (store && !area.error)
		store_put(store, str_text(&area), KEY, "offered");
	str_release(&area);
}
