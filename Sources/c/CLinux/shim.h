#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/rtc.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Calls that Swift cannot make: it imports neither functions with a variable number of arguments nor these constants.

// Opens a path below a folder as if that folder were the root: no link and no `..` leads out of it.
static inline int clinux_open_in_root(int root, const char *path, int flags, unsigned int mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned int)flags;
    if (flags & O_CREAT) how.mode = mode;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// Opens a path below a folder through no link at all, and without leaving the folder or its file system.
static inline int clinux_open_unlinked(int root, const char *path, int flags) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned int)flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

// For descriptors that only name a file.
static const int clinux_path_only = __O_PATH;

// A pipe whose ends no program inherits.
static inline int clinux_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

// F_SETPIPE_SZ, which is hidden without _GNU_SOURCE: sets how many bytes a pipe holds.
static const int clinux_set_pipe_size = 1031;

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

// A started program gets none of our descriptors from the given one on.
static inline int clinux_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

// For a file that is read past the kernel's cache.
static const int clinux_direct = __O_DIRECT;

// Memory of its own, with a page behind every address; NULL where there is none. It goes with the process.
static inline void *clinux_memory(size_t length) {
    void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

// Whether the kernel read the partition table of a disk again.
static inline int clinux_reread_partitions(int disk) { return ioctl(disk, BLKRRPART, 0); }

// Writes what the kernel holds of the file system that a file is on.
static inline int clinux_sync_file_system(int file) { return (int)syscall(SYS_syncfs, file); }

// Writes what the kernel holds of a disk, and forgets it.
static inline int clinux_flush_buffers(int disk) { return ioctl(disk, BLKFLSBUF, 0); }

// The length of a block device, in bytes.
static inline int clinux_device_size(int disk, uint64_t *size) { return ioctl(disk, BLKGETSIZE64, size); }

// Zeroes a range of a block device, by the device itself where it can.
static inline int clinux_zero_range(int disk, uint64_t start, uint64_t length) {
    uint64_t range[2] = {start, length};
    return ioctl(disk, BLKZEROOUT, range);
}

// Sets a real-time clock to a time in UTC.
static inline int clinux_set_hardware_clock(int clock, const struct tm *time) {
    struct rtc_time set;
    memset(&set, 0, sizeof set);
    set.tm_sec = time->tm_sec;
    set.tm_min = time->tm_min;
    set.tm_hour = time->tm_hour;
    set.tm_mday = time->tm_mday;
    set.tm_mon = time->tm_mon;
    set.tm_year = time->tm_year;
    return ioctl(clock, RTC_SET_TIME, &set);
}
