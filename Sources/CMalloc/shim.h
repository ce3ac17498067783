#include <malloc.h>

// Swift's own module of glibc leaves this header out.
static inline void cmalloc_return_freed(void) { malloc_trim(0); }

static inline void cmalloc_keep_together(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 20);
}
