// The macros that add source locations are variadic; sd_journal_sendv alone is used.
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
