#include <zlib.h>

// deflateInit2 and inflateInit2 are macros around sizeof(z_stream).
static inline int czlib_deflate_init2(z_stream *stream, int level, int windowBits, int memLevel, int strategy) {
    return deflateInit2(stream, level, Z_DEFLATED, windowBits, memLevel, strategy);
}
static inline int czlib_inflate_init2(z_stream *stream, int windowBits) { return inflateInit2(stream, windowBits); }
