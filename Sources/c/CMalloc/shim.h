#include <malloc.h>

// Swift's own module of glibc leaves this header out.
static inline void cmalloc_return_freed(void) { malloc_trim(0); }

static inline void cmalloc_keep_together(void) {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 1 << 20);
    // Small pieces are joined when they are freed, and not all at once whenever a large one is asked for.
    mallopt(M_MXFAST, 0);
    // What one piece of work frees the next takes again; cmalloc_return_freed gives it back when there is none.
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
}
