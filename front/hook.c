#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "input.h"
#include "node.h"
#include "wire.h"
#include "words.h" /* made by scripts/front-words.ts */

/*
 * The hook as a whole, and how long its writer may be silent: one that does not close its end must not hold the hook. The last resort is
 * for what cannot be given a time, such as a file system that hangs. MAX_PAYLOAD is as in hooks/payload.ts.
 */
enum { LIMIT_MILLIS = 1000, SILENT_MILLIS = 200, LAST_RESORT_SECONDS = 2, MAX_PAYLOAD = 128 * 1024, MAX_LOG = 1024 * 1024, FIRST_FILE = 3, LAST_FILE = 1023 };

enum outcome { RECORDED, NOBODY_THERE, FOREIGN, TOO_LATE };

static void let_go(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

/* Adds a line to hooks.log. What cannot be said there is not said: stderr of a hook is for its user, who is at work. */
static void note(const char *event, const char *what)
{
    char directory[PATH_MAX], file[PATH_MAX + 16], older[PATH_MAX + 16], line[512], at[32];
    struct stat st;
    time_t now = time(NULL);
    struct tm utc;
    if (runtime_directory(directory, sizeof directory) < 0) return;
    mkdir(directory, 0700);
    if (!is_private(directory)) return;
    snprintf(file, sizeof file, "%s/hooks.log", directory);
    snprintf(older, sizeof older, "%s/hooks.log.1", directory);
    if (stat(file, &st) == 0 && st.st_size > MAX_LOG) rename(file, older);
    int to = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0) return;
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    int length = snprintf(line, sizeof line, "%s %s: %s\n", at, event, what);
    /* In one piece: other hooks write there at the same time. */
    if (write(to, line, (size_t)length) < 0) errno = 0;
    close(to);
}

/* Reads stdin to its end, or until there is no time left, and keeps the beginning: the writer of a large payload gets rid of it all the same. */
static void read_payload(struct input *payload, long deadline)
{
    char rest[64 * 1024];
    *payload = (struct input){ .bytes = malloc(MAX_PAYLOAD), .length = 0, .is_whole = 1 };
    if (!payload->bytes || isatty(STDIN_FILENO)) return;
    for (;;) {
        struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
        long left = deadline - millis();
        if (left <= 0 || poll(&wait, 1, left < SILENT_MILLIS ? (int)left : SILENT_MILLIS) <= 0) return;
        size_t room = MAX_PAYLOAD - payload->length;
        ssize_t done = read(STDIN_FILENO, room > 0 ? payload->bytes + payload->length : rest, room > 0 ? room : sizeof rest);
        if (done < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (done <= 0) return;
        if (room > 0) payload->length += (size_t)done;
    }
}

static int question(struct buffer *to, const char *event, const struct input *payload)
{
    char directory[PATH_MAX];
    if (!getcwd(directory, sizeof directory)) return -1;
    if (append_count(to, 0) || append_text(to, PYI_VERSION) || append_text(to, "") || append_text(to, directory)) return -1;
    if (append_count(to, FLAG_HOOK | FLAG_INPUT) || append_count(to, 1) || append_text(to, event) || append_count(to, 0)) return -1;
    if (append_count(to, (uint32_t)payload->length) || append(to, payload->bytes, payload->length)) return -1;
    put_number((unsigned char *)to->bytes, (uint32_t)to->length - 4);
    return 0;
}

static enum outcome converse(int at, const char *event, const struct input *payload, long deadline)
{
    unsigned char head[HEAD_BYTES];
    struct buffer asked = { NULL, 0, 0 };
    struct patience patience = { .silent = deadline - millis(), .longest = deadline - millis() };
    if (question(&asked, event, payload) != 0) return FOREIGN;
    int is_answered = transfer(at, asked.bytes, asked.length, 1, &patience) == 0 && transfer(at, (char *)head, HEAD_BYTES, 0, &patience) == 0;
    free(asked.bytes);
    if (!is_answered) return millis() >= deadline ? TOO_LATE : NOBODY_THERE;
    return get_number(head) == 1 ? RECORDED : NOBODY_THERE;
}

static enum outcome ask(const char *event, const struct input *payload, long deadline)
{
    struct sockaddr_un to;
    if (address(&to) != 0) return NOBODY_THERE;
    int at = open_socket();
    if (at < 0) return NOBODY_THERE;
    enum outcome outcome = NOBODY_THERE;
    if (connect(at, (struct sockaddr *)&to, sizeof to) == 0) outcome = is_ours(at) ? converse(at, event, payload, deadline) : FOREIGN;
    else if (errno == EAGAIN) outcome = TOO_LATE; /* its queue is full */
    close(at);
    return outcome;
}

/* Whether this directory may belong to a store. Of a linked work tree, whose store lies elsewhere, Node finds out. */
static int may_have_store(void)
{
    char directory[PATH_MAX], place[PATH_MAX + 32];
    struct stat st;
    if (!getcwd(directory, sizeof directory)) return 0;
    for (;;) {
        snprintf(place, sizeof place, "%s/.pyi/segments", directory);
        if (stat(place, &st) == 0) return 1;
        snprintf(place, sizeof place, "%s/.git", directory);
        if (stat(place, &st) == 0) {
            if (!S_ISDIR(st.st_mode)) return 1;
            snprintf(place, sizeof place, "%s/.git/pyi/segments", directory);
            return stat(place, &st) == 0;
        }
        char *slash = strrchr(directory, '/');
        if (!slash || directory[0] == '\0') return 0;
        *slash = '\0';
    }
}

/* Has Node start a server, and record then. It holds nothing of ours that somebody could wait for. */
static int record_later(const struct self *self, const char *event, struct input *payload)
{
    pid_t child = fork();
    if (child != 0) return child > 0 ? 0 : -1;
    signal(SIGALRM, SIG_DFL);
    setsid();
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0 || dup2(nothing, STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0) _exit(EXIT_FAULT);
    for (int file = FIRST_FILE; file <= LAST_FILE; file++) close(file);
    if (give_back_input(payload) != 0) _exit(EXIT_FAULT);
    char *argv[] = { (char *)"pyi", (char *)"claude", (char *)"hook", (char *)event, (char *)"--late", NULL };
    _exit(run_in_node(self, 5, argv));
}

int answer_hook(const struct self *self, const char *event)
{
    const char *disabled = getenv("PYI_DISABLE");
    struct input payload;
    if (disabled && *disabled) return 0;
    signal(SIGALRM, let_go);
    alarm(LAST_RESORT_SECONDS);
    long deadline = millis() + LIMIT_MILLIS;
    read_payload(&payload, deadline);
    if (!payload.bytes) return 0;
    switch (ask(event, &payload, deadline)) {
    case RECORDED:
        break;
    case FOREIGN:
        note(event, "the server is not ours, or does not see our files; let go");
        break;
    case TOO_LATE:
        note(event, "the server did not answer within a second; let go");
        break;
    case NOBODY_THERE:
        if (!may_have_store()) note(event, "no server runs, and there is no store here; nothing to do");
        else if (record_later(self, event, &payload) == 0) note(event, "no server answers; one is started, and records it later");
        else note(event, "no server answers, and none can be started; let go");
    }
    return 0;
}
