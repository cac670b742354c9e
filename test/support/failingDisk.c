/*
 * A disk that fails while the file FAULTS says so, for the processes that this library is preloaded into. Each line of
 * FAULTS is `read NAME` or `write NAME`: reading or writing files whose names begin with NAME fails with EIO.
 *
 * Build: cc -shared -fPIC -O2 -o library.so failingDisk.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int fd, const char *act) {
  const char *faults = getenv("FAULTS");
  int file = faults ? open(faults, O_RDONLY) : -1;
  if (file < 0) return 0;
  char lines[256], link[64], path[PATH_MAX], asked[NAME_MAX + 16];
  ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
  ssize_t length = real(file, lines, sizeof lines - 1);
  close(file);
  if (length <= 0) return 0;
  lines[length] = '\0';
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  char *name = strrchr(path, '/');
  snprintf(asked, sizeof asked, "%s %s", act, name ? name + 1 : path);
  for (char *rest = lines, *line; (line = strsep(&rest, "\n"));) {
    if (*line && strncmp(asked, line, strlen(line)) == 0) return 1;
  }
  return 0;
}

#define FAILING(act, name, buffer, position)                                     \
  ssize_t name(int fd, buffer data, size_t size, position at) {                   \
    ssize_t (*real)(int, buffer, size_t, position) = dlsym(RTLD_NEXT, #name);     \
    if (!fails(fd, act)) return real(fd, data, size, at);                         \
    errno = EIO;                                                                 \
    return -1;                                                                   \
  }

FAILING("read", pread, void *, off_t)
FAILING("read", pread64, void *, off64_t)
FAILING("write", pwrite, const void *, off_t)
FAILING("write", pwrite64, const void *, off64_t)
