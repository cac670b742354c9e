/*
 * A disk whose power may fail at any moment, for the processes that this library is preloaded into.
 *
 * Below the directory CRASH_DATA, what is not synced is not on disk. The directory CRASH_DISK holds what is: a file as it
 * was when it was last synced, under the name that it had then; renames and removals once the directory was synced. After
 * a kill, CRASH_DISK in place of CRASH_DATA is what a machine finds when it comes back.
 *
 * Build: cc -shared -fPIC -O2 -o preload.so preload.c -ldl -lpthread
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *data_dir, *disk_dir;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* What a sync of the directory makes true: a rename, or a removal when `to` is empty. */
struct change { char from[NAME_MAX + 1], to[NAME_MAX + 1]; struct change *next; };
static struct change *changes, **last = &changes;

__attribute__((constructor)) static void begin(void) {
  data_dir = getenv("CRASH_DATA");
  disk_dir = getenv("CRASH_DISK");
}

/* The name of a path inside the data directory, NULL for another path; "" is the directory itself. */
static const char *name_in_data(const char *path) {
  if (!data_dir || !disk_dir) return NULL;
  size_t length = strlen(data_dir);
  if (strncmp(path, data_dir, length) != 0) return NULL;
  if (path[length] == '\0') return "";
  if (path[length] != '/' || strchr(path + length + 1, '/')) return NULL;
  return path + length + 1;
}

static void die(const char *what) {
  perror(what);
  _exit(99);
}

static void copy_to_disk(int fd, const char *name) {
  char temporary[PATH_MAX], target[PATH_MAX], source[64];
  static char buffer[1 << 20];
  snprintf(temporary, sizeof temporary, "%s/.part", disk_dir);
  snprintf(target, sizeof target, "%s/%s", disk_dir, name);
  snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
  int in = open(source, O_RDONLY), out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0) die("crash preload: open");
  for (ssize_t n; (n = read(in, buffer, sizeof buffer)) != 0;) {
    if (n < 0 || write(out, buffer, n) != n) die("crash preload: copy");
  }
  close(in);
  close(out);
  int (*real_rename)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  if (real_rename(temporary, target) != 0) die("crash preload: rename");
}

static void apply_changes(void) {
  int (*real_rename)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  int (*real_unlink)(const char *) = dlsym(RTLD_NEXT, "unlink");
  while (changes) {
    struct change *change = changes;
    char from[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof from, "%s/%s", disk_dir, change->from);
    snprintf(to, sizeof to, "%s/%s", disk_dir, change->to);
    if (change->to[0]) real_rename(from, to);
    else real_unlink(from);
    changes = change->next;
    free(change);
  }
  last = &changes;
}

static void synced(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return;
  path[length] = '\0';
  const char *name = name_in_data(path);
  if (!name) return;
  pthread_mutex_lock(&turn);
  if (name[0] == '\0') apply_changes();
  else copy_to_disk(fd, name);
  pthread_mutex_unlock(&turn);
}

static void later(const char *from, const char *to) {
  struct change *change = calloc(1, sizeof *change);
  strncpy(change->from, from, NAME_MAX);
  strncpy(change->to, to, NAME_MAX);
  pthread_mutex_lock(&turn);
  *last = change;
  last = &change->next;
  pthread_mutex_unlock(&turn);
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  int result = real(fd);
  if (result == 0) synced(fd);
  return result;
}

int fdatasync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  int result = real(fd);
  if (result == 0) synced(fd);
  return result;
}

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  const char *old = name_in_data(from), *new = name_in_data(to);
  int result = real(from, to);
  if (result == 0 && old && new) later(old, new);
  return result;
}

int unlink(const char *path) {
  int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
  const char *name = name_in_data(path);
  int result = real(path);
  if (result == 0 && name) later(name, "");
  return result;
}
