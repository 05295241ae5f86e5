/* One refreshed copy: what is told once, and what of the owner's stays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/daemon/refresh_file.h"

#define SITE       "https://www.tvmaze.com/shows/139/ebb"
#define EPISODE(n) "{\"id\": " #n ", \"season\": 1, \"number\": " #n ", \"name\": \"Tide " #n "\"}"
#define SHOW(episodes)                                                                                       \
	"{\"id\": 139, \"url\": \"" SITE "\", \"name\": \"Ebb\", \"image\": {\"original\": "                 \
	"\"https://static.example/ebb.png\"}, \"_embedded\": {\"episodes\": [" episodes "]}}"

struct world {
	char folder[64], file[128], copies[128], copy[160], picture[128];
};

static void put(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static struct world begin(const char *dataset)
{
	struct world world = {.folder = "/tmp/refresh-file-XXXXXX"};

	assert_non_null(mkdtemp(world.folder));
	snprintf(world.file, sizeof(world.file), "%s/ebb.json", world.folder);
	snprintf(world.copies, sizeof(world.copies), "%s/copies", world.folder);
	snprintf(world.copy, sizeof(world.copy), "%s/ebb.json", world.copies);
	snprintf(world.picture, sizeof(world.picture), "%s/lamp.gif", world.folder);
	put(world.file, dataset, strlen(dataset));
	return world;
}

static void end(const struct world *world)
{
	unlink(world->copy);
	unlink(world->picture);
	unlink(world->file);
	rmdir(world->copies);
	assert_int_equal(rmdir(world->folder), 0);
}

/* The site sends a show: is the copy another one, and what is told? The caller frees. */
static char *refresh(const struct world *world, const char *sent, bool has_changed)
{
	struct visit visit = {.address = {.site = FETCH_TVMAZE, .by = FETCH_BY_ID, .id = 139}};
	struct refresh_job *job;
	char *said;

	visit.documents[0] = (struct visit_document){
			.bytes = str_copy(sent), .length = strlen(sent), .url = str_copy(SITE)};
	visit.document_count = 1;
	job = refresh_job_new(world->file, world->copies, &visit);
	assert_non_null(job);
	refresh_job_run(job);
	if (job->error)
		fail_msg("%s: %s", strerror(-job->error), str_text(&job->report));
	assert_int_equal(job->has_changed, has_changed);
	said = str_copy(str_text(&job->report));
	refresh_job_free(job);
	return said;
}

static void tells(const struct world *world, const char *sent, bool has_changed, const char *two,
		const char *three)
{
	char *said = refresh(world, sent, has_changed);

	assert_int_equal(strstr(said, "s01e02 is no longer in the source") != NULL, two != NULL);
	assert_int_equal(strstr(said, "s01e03 is no longer in the source") != NULL, three != NULL);
	free(said);
}

static void an_episode_that_is_gone_is_told_once_until_it_comes_back(void **state)
{
	struct world world = begin("{\"id\": 139, \"name\": \"Ebb\", \"url\": \"" SITE
				   "\", \"episodes\": [" EPISODE(1) ", " EPISODE(2) ", " EPISODE(3) "]}");

	(void)state;
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(2)), true, NULL, "gone");
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(2) ", " EPISODE(4)), true, NULL, NULL);
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(4) ", " EPISODE(5)), true, "gone", NULL);
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(4) ", " EPISODE(5)), false, NULL, NULL);
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(2) ", " EPISODE(3) ", " EPISODE(4) ", " EPISODE(5)), true,
			NULL, NULL);
	tells(&world, SHOW(EPISODE(1) ", " EPISODE(2) ", " EPISODE(4) ", " EPISODE(5)), true, NULL, "gone");
	end(&world);
}

static void a_picture_beside_the_file_is_found_and_stays(void **state)
{
	struct world world = begin(
			"{\"id\": 139, \"name\": \"Ebb\", \"url\": \"" SITE "\", \"image\": \"lamp.gif\", "
			"\"episodes\": [" EPISODE(1) "]}");
	const char *folder = world.folder;
	struct catalogue_source source = {.folders = &folder, .folder_count = 1, .copies = world.copies};
	struct catalogue *catalogue = NULL;
	struct str report = STR(4096);
	char *said;

	(void)state;
	put(world.picture, "GIF89a", 6);
	said = refresh(&world, SHOW(EPISODE(1) ", " EPISODE(2)), true);
	assert_string_equal(said, "");
	assert_int_equal(catalogue_read(&source, &report, &catalogue), 0);
	assert_string_equal(str_text(&report), "");
	assert_int_equal(catalogue_at(catalogue, 0)->episode_count, 2);
	assert_string_equal(catalogue_at(catalogue, 0)->image, world.picture);
	catalogue_free(catalogue);
	str_release(&report);
	free(said);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_episode_that_is_gone_is_told_once_until_it_comes_back),
			cmocka_unit_test(a_picture_beside_the_file_is_found_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
