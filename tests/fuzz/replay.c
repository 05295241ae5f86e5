/* replay FILE|FOLDER... - a fuzz target without libFuzzer, run once on each input: for "make fuzz-coverage".
 */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX_BYTES (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *path)
{
	fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void replay_file(const char *path)
{
	uint8_t *bytes = malloc(INPUT_MAX_BYTES), *whole;
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!bytes || !file)
		die(path);
	length = fread(bytes, 1, INPUT_MAX_BYTES, file);
	if (ferror(file) || fclose(file))
		die(path);
	whole = realloc(bytes, length ? length : 1);
	if (!whole)
		die(path);
	LLVMFuzzerTestOneInput(whole, length);
	free(whole);
}

static void replay_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	char path[4096];

	if (count < 0)
		die(folder);
	for (int i = 0; i < count; i++) {
		if (*entries[i]->d_name != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
			replay_file(path);
		}
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct stat status;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &status) < 0)
			die(argv[i]);
		if (S_ISDIR(status.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	return 0;
}
