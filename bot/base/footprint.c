/* Memory that is not needed just now, given back. */

#include "bot/base/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Does the linker write into its code? Then its pages are no file's any more. */
static bool is_code_relocated(const struct dl_phdr_info *library)
{
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
		const ElfW(Dyn) *entry = (const void *)(library->dlpi_addr + segment->p_vaddr);

		if (segment->p_type != PT_DYNAMIC)
			continue;
		for (; entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_TEXTREL ||
					(entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL))
				return true;
	}
	return false;
}

/*
 * Only segments that are mapped without leave to write: code, and constants.
 * No one has ever written to such a page, so what the file has is what memory
 * had. Segments with data are left alone as a whole, and with them what the
 * linker has relocated and then protected (relro).
 */
static int let_go(struct dl_phdr_info *library, size_t size, void *user)
{
	const uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)user;
	if (is_code_relocated(library))
		return 0;
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
		uintptr_t first, end;

		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		first = (library->dlpi_addr + segment->p_vaddr) & ~(page_bytes - 1);
		end = library->dlpi_addr + segment->p_vaddr + segment->p_memsz;
		(void)madvise((void *)first, end - first, MADV_DONTNEED); /* a hint */
	}
	return 0;
}

void footprint_shrink(void)
{
	(void)malloc_trim(0);
	(void)dl_iterate_phdr(let_go, NULL);
}
