#ifndef EPISODED_IMPORT_IMDB_EPISODES_H
#define EPISODED_IMPORT_IMDB_EPISODES_H

/*
 * The episodes of one show by their IDs of IMDb: title.episode.tsv has their numbers, and title.basics.tsv, which has the
 * rows of all titles, their names. Filled while the first is read, and asked while the second is.
 */

#include <stdint.h>

#include "bot/import/draft.h"

struct imdb_episode {
	uint64_t id; /* 9900101 of "tt9900101" */
	int season, number;
};

struct imdb_episodes {
	char show[32];    /* its ID, "tt9900001"; "": no file of episodes was read */
	struct origin at; /* the file of episodes */
	bool has_titles;  /* a file of titles was read behind it */
	struct imdb_episode *list;
	size_t count, capacity;
	bool is_sorted;
};

/* "tt" and at most 18 digits; 0: another text. length may be longer than the ID, which then ends at a tab. */
uint64_t imdb_id(const char *text, size_t length);

/* -ENOMEM. */
int imdb_episodes_add(struct imdb_episodes *episodes, uint64_t id, int season, int number);
/* NULL: it is no episode of the show. */
const struct imdb_episode *imdb_episodes_find(struct imdb_episodes *episodes, uint64_t id);
void imdb_episodes_release(struct imdb_episodes *episodes);

/* All files are read: note that the titles are in a file that was not given, if the draft lacks some. */
void imdb_episodes_judge(
		const struct imdb_episodes *episodes, const struct show_draft *draft, struct notes *notes);

#endif
