/* What a site wants to be said of its data. */

#include "bot/fetch/credit.h"

#include "bot/import/draft.h"

void fetch_credit(struct show_draft *draft, enum fetch_site_id site, struct notes *notes)
{
	const struct fetch_site *about = &fetch_sites[site];

	if (!*draft->values[SHOW_LICENSE].text)
		draft_set_show(draft, SHOW_LICENSE, (struct origin){0},
				about->needs_token ? about->credit : about->license, notes);
}
