#ifndef EPISODED_REFRESH_FILE_H
#define EPISODED_REFRESH_FILE_H

/*
 * What a site has sent becomes a show's refreshed copy: a job for a thread. The documents are merged over what there is,
 * so that nothing that was known is lost to an answer that knows less; the result is validated, and written as a whole.
 */

#include <stdbool.h>

#include "bot/base/str.h"
#include "bot/fetch/visit.h"

#define REFRESH_COPIES           "shows" /* the folder of copies, in the state folder */
#define REFRESH_REPORT_MAX_BYTES (16 * 1024)

struct refresh_job {
	char *path;   /* of the show's file */
	char *copies; /* the folder of copies */
	struct fetch_address address;
	struct visit_document documents[VISIT_DOCUMENTS_MAX];
	size_t document_count;
	/* The result: */
	int error; /* 0: the copy is current. -EBADMSG: what was sent cannot be used; others as of file_put() */
	bool has_changed;
	struct str report; /* lines that say what was kept against the site, or what is wrong */
};

/* The documents are moved out of the visit. NULL: out of memory. */
struct refresh_job *refresh_job_new(const char *path, const char *copies, struct visit *visit);
void refresh_job_run(void *job);  /* as of struct work_class */
void refresh_job_free(void *job); /* NULL-safe */

#endif
