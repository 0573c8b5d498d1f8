#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* there, a socket has an option instead */
#endif

enum { LONGEST_SOCKET_PATH = sizeof ((struct sockaddr_un *)0)->sun_path - 1 };

int append(struct buffer *to, const void *bytes, size_t length)
{
    if (to->length + length > MAX_QUESTION) return -1;
    if (to->length + length > to->capacity) {
        size_t capacity = (to->length + length) * 2;
        char *grown = realloc(to->bytes, capacity);
        if (!grown) return -1;
        to->bytes = grown;
        to->capacity = capacity;
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    return 0;
}

void put_number(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (8 * i));
}

uint32_t get_number(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int append_text(struct buffer *to, const char *text)
{
    unsigned char length[4];
    put_number(length, (uint32_t)strlen(text));
    return append(to, length, 4) || append(to, text, strlen(text));
}

int append_count(struct buffer *to, uint32_t count)
{
    unsigned char bytes[4];
    put_number(bytes, count);
    return append(to, bytes, 4);
}

int runtime_directory(char *to, size_t size)
{
    const char *chosen = getenv("PYI_RUNTIME_DIR"), *xdg = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    struct stat st;
    int length;
    if (chosen && *chosen) {
        if (*chosen != '/') return -1;
        length = snprintf(to, size, "%s", chosen);
    } else if (xdg && *xdg == '/' && lstat(xdg, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid()
               && strlen(xdg) + sizeof "/pyi/server.sock" - 1 <= LONGEST_SOCKET_PATH) {
        length = snprintf(to, size, "%s/pyi", xdg);
    } else {
        length = snprintf(to, size, "%s/pyi-%lu", tmp && *tmp ? tmp : "/tmp", (unsigned long)getuid());
    }
    return length < 0 || (size_t)length >= size ? -1 : length;
}

int is_private(const char *directory)
{
    struct stat st;
    return lstat(directory, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() && (st.st_mode & 077) == 0;
}

int address(struct sockaddr_un *to)
{
    char directory[PATH_MAX];
    int length = runtime_directory(directory, sizeof directory);
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    if (length < 0 || (size_t)length + sizeof "/shim.sock" - 1 > LONGEST_SOCKET_PATH || !is_private(directory)) return -1;
    memcpy(to->sun_path, directory, (size_t)length);
    memcpy(to->sun_path + length, "/shim.sock", sizeof "/shim.sock");
    return 0;
}

#ifdef SO_PEERCRED
static int is_same_file(const char *path, const char *other)
{
    struct stat a, b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Whether a path means the same to the server: not in another mount namespace, nor below another root. */
static int has_our_paths(pid_t server)
{
    char mounts[64], root[64];
    snprintf(mounts, sizeof mounts, "/proc/%ld/ns/mnt", (long)server);
    snprintf(root, sizeof root, "/proc/%ld/root", (long)server);
    return server > 0 && is_same_file("/proc/self/ns/mnt", mounts) && is_same_file("/proc/self/root", root);
}
#endif

int is_ours(int socket)
{
#ifdef SO_PEERCRED
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == getuid() && has_our_paths(peer.pid);
#else
    uid_t user;
    gid_t group;
    return getpeereid(socket, &user, &group) == 0 && user == getuid();
#endif
}

int open_socket(void)
{
    int at = socket(AF_UNIX, SOCK_STREAM, 0);
    if (at < 0) return -1;
    fcntl(at, F_SETFD, FD_CLOEXEC);
    fcntl(at, F_SETFL, O_NONBLOCK);
#ifdef SO_NOSIGPIPE
    int on = 1;
    setsockopt(at, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return at;
}

long millis(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

int transfer(int socket, char *bytes, size_t length, int sends, const struct patience *patience)
{
    long start = millis(), last = start;
    while (length > 0) {
        ssize_t done = sends ? send(socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) : recv(socket, bytes, length, MSG_DONTWAIT);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
            last = millis();
            if (last - start > patience->longest) return -1;
            continue;
        }
        if (done == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return -1;
        struct pollfd wait = { .fd = socket, .events = sends ? POLLOUT : POLLIN };
        long left = last + patience->silent - millis();
        if (left <= 0 || (poll(&wait, 1, (int)left) <= 0 && errno != EINTR)) return -1;
    }
    return 0;
}
