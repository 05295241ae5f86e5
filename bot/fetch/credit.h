#ifndef EPISODED_FETCH_CREDIT_H
#define EPISODED_FETCH_CREDIT_H

#include "bot/fetch/address.h"

struct notes;
struct show_draft;

/* What the site wants to be said of its data: its licence or its notice, where the draft has no licence. !source shows it. */
void fetch_credit(struct show_draft *draft, enum fetch_site_id site, struct notes *notes);

#endif
