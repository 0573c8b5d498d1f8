#include "real-git.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

static int own_path(char *path, size_t size)
{
#ifdef __APPLE__
    char given[PATH_MAX];
    uint32_t length = sizeof given;
    char resolved[PATH_MAX];
    if (_NSGetExecutablePath(given, &length) != 0 || !realpath(given, resolved) || strlen(resolved) >= size) return -1;
    strcpy(path, resolved);
#else
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length < 0) return -1;
    path[length] = '\0';
#endif
    return 0;
}

int find_self(struct self *self)
{
    struct stat st;
    if (own_path(self->path, sizeof self->path) != 0 || stat(self->path, &st) != 0) return -1;
    self->device = st.st_dev;
    self->inode = st.st_ino;
    return 0;
}

/* In every build of this program, and in the script that stands in where it cannot be built. */
static const volatile char MARK[] = "stands in for git: pyi-front";

/* The true git is larger, or a wrapper that is a few lines long. */
enum { LARGEST_FRONT = 1024 * 1024 };

/* Whether a file is this program, of whichever version: two of them must not call each other for ever. */
static int is_front(const char *candidate, size_t size)
{
    static char content[LARGEST_FRONT];
    char mark[sizeof MARK];
    size_t length = 0;
    ssize_t got;
    if (size > sizeof content) return 0;
    int file = open(candidate, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    while (length < size && (got = read(file, content + length, size - length)) > 0) length += (size_t)got;
    close(file);
    for (size_t i = 0; i < sizeof mark; i++) mark[i] = MARK[i];
    for (size_t at = 0; at + sizeof mark - 1 <= length; at++)
        if (content[at] == mark[0] && memcmp(content + at, mark, sizeof mark - 1) == 0) return 1;
    return 0;
}

static int is_true_git(const struct self *self, const char *candidate)
{
    struct stat st;
    if (stat(candidate, &st) != 0 || !S_ISREG(st.st_mode) || access(candidate, X_OK) != 0) return 0;
    if (st.st_dev == self->device && st.st_ino == self->inode) return 0;
    return !is_front(candidate, (size_t)st.st_size);
}

/* What the link of that name leads to which whoever put this program where it is may have put beside it. */
static int read_chosen(const struct self *self, char *found, size_t size)
{
    char link[sizeof self->path + sizeof "true-git"];
    strcpy(link, self->path);
    strcpy(strrchr(link, '/') + 1, "true-git");
    ssize_t length = readlink(link, found, size - 1);
    if (length <= 0) return -1;
    found[length] = '\0';
    return found[0] == '/' && is_true_git(self, found) ? 0 : -1;
}

int find_real_git(const struct self *self, char *found, size_t size)
{
    const char *configured = getenv("PYI_GIT");
    if (configured && configured[0] == '/' && strlen(configured) < size && is_true_git(self, configured)) {
        strcpy(found, configured);
        return 0;
    }
    if (read_chosen(self, found, size) == 0) return 0;
    const char *at = getenv("PATH");
    while (at && *at) {
        size_t length = strcspn(at, ":");
        /* An entry that is empty or relative means wherever the user happens to be. */
        if (length > 0 && *at == '/' && length + sizeof "/git" <= size) {
            memcpy(found, at, length);
            strcpy(found + length, "/git");
            if (is_true_git(self, found)) return 0;
        }
        at += length + (at[length] == ':');
    }
    return -1;
}

int is_script(const char *program)
{
    char start[2] = { 0, 0 };
    int file = open(program, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, start, 2);
    close(file);
    return length == 2 && start[0] == '#' && start[1] == '!';
}
