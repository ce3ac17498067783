#include <stddef.h>
#include <stdint.h>
#include <sqlite3.h>

// Swift imports neither cast macros nor variadic functions.
static inline int csqlite_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

// SQLite copies what is bound. A null pointer would bind NULL, and what is empty may have one.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int place, const uint8_t *text, size_t count) {
    const char *start = count > 0 ? (const char *)text : "";
    return sqlite3_bind_text64(statement, place, start, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int place, const uint8_t *bytes, size_t count) {
    return count > 0 ? sqlite3_bind_blob64(statement, place, bytes, count, SQLITE_TRANSIENT)
                     : sqlite3_bind_zeroblob(statement, place, 0);
}
