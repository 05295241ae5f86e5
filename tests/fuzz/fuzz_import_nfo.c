/* A media centre's .nfo file: XML with several roots, refused or a draft. */

#include "tests/fuzz/fuzzed_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzzed_import(&import_nfo, data, size);
	return 0;
}
