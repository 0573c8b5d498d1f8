#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

#define PYI_ASKS /* for the words about environments, too */
#include "words.h" /* made by scripts/front.mjs */

extern char **environ;

/* A server that is silent for so long is given up, as is one that takes too long over a large answer. */
static const struct patience PATIENCE = { .silent = 50, .longest = 1000 };
enum { MAX_ANSWER = 16 * 1024 * 1024 };

static int starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whether a variable is `name=…`; a name that ends in `*` stands for all that begin so. */
static int names(const char *name, const char *variable)
{
    size_t length = strlen(name);
    if (name[length - 1] == '*') return strncmp(name, variable, length - 1) == 0;
    return strncmp(name, variable, length) == 0 && variable[length] == '=';
}

static int is_named(const char *variable, const char *const *list)
{
    for (; *list; list++)
        if (names(*list, variable)) return 1;
    return 0;
}

/* A variable of git's that is not known to be of no consequence for what is printed. */
static int may_be_asked_here(void)
{
    /* git opens what is closed; here, the socket would take its place. */
    for (int file = 0; file <= STDERR_FILENO; file++)
        if (fcntl(file, F_GETFD) < 0) return 0;
    for (char **at = environ; *at; at++) {
        if (starts_with(*at, "PYI_DISABLE=") && (*at)[sizeof "PYI_DISABLE=" - 1] != '\0') return 0;
        if (starts_with(*at, "GIT_") && !is_named(*at, PYI_HARMLESS_VARIABLES)) return 0;
    }
    /* What a terminal shows depends on its width, its colours and the user's pager. */
    return !isatty(STDOUT_FILENO);
}

/*
 * How long the end of stdin is waited for, in milliseconds, by how a command reads it: not at all; to its end before it says anything; perhaps line
 * by line, for a writer that waits for each answer; or most often so.
 */
enum reading { READS_NOTHING = 0, READS_ALL = 200, READS_LINES = 20, CONVERSES = 5 };

/* Whether the command that follows git's own options is one that the server may know. */
static int may_be_asked(int argc, char **argv, enum reading *reading)
{
    *reading = READS_NOTHING;
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        if ((strcmp(argv[at], "-C") == 0 || strcmp(argv[at], "-c") == 0) && at + 1 < argc) at += 2;
        else if (strcmp(argv[at], "--version") == 0 || strcmp(argv[at], "--no-optional-locks") == 0 || strcmp(argv[at], "--no-pager") == 0) at++;
        else return 0;
        if (strcmp(argv[at - 1], "--version") == 0) return at == argc;
    }
    if (at == argc) return 0;
    for (int i = at + 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (starts_with(argv[i], "--batch")) {
            if (strcmp(argv[at], "cat-file") != 0 || (strcmp(argv[i], "--batch") != 0 && strcmp(argv[i], "--batch-check") != 0)) return 0;
            *reading = CONVERSES;
        }
        if (strcmp(argv[i], "--stdin") != 0) continue;
        if (strcmp(argv[at], "log") == 0) *reading = READS_ALL;
        else if (strcmp(argv[at], "check-ignore") == 0) *reading = READS_LINES;
        else return 0;
    }
    for (const char *const *word = PYI_ASKED_COMMANDS; *word; word++)
        if (strcmp(argv[at], *word) == 0) return 1;
    return 0;
}

static int question(struct buffer *to, const char *git, int argc, char **argv, const struct input *input)
{
    char directory[PATH_MAX];
    uint32_t variables = 0;
    if (!getcwd(directory, sizeof directory)) return -1;
    if (append_count(to, 0) || append_text(to, PYI_VERSION) || append_text(to, git) || append_text(to, directory)) return -1;
    if (append_count(to, (isatty(STDERR_FILENO) ? FLAG_ERROR_TERMINAL : 0u) | (input->bytes ? FLAG_INPUT : 0u)) || append_count(to, (uint32_t)argc - 1)) return -1;
    for (int i = 1; i < argc; i++)
        if (append_text(to, argv[i])) return -1;
    for (char **at = environ; *at; at++) variables += (uint32_t)is_named(*at, PYI_TOLD_VARIABLES);
    if (append_count(to, variables)) return -1;
    for (char **at = environ; *at; at++)
        if (is_named(*at, PYI_TOLD_VARIABLES) && append_text(to, *at)) return -1;
    if (input->bytes && (append_count(to, (uint32_t)input->length) || append(to, input->bytes, input->length))) return -1;
    put_number((unsigned char *)to->bytes, (uint32_t)to->length - 4);
    return 0;
}

/* Whether both streams go to the same place, where the order of what git writes would show. */
static int are_joined(void)
{
    struct stat out, err;
    return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static int write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(file, bytes, length);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = { .fd = file, .events = POLLOUT };
            poll(&wait, 1, -1);
            continue;
        }
        if (done <= 0) return -1;
        bytes += done;
        length -= (size_t)done;
    }
    return 0;
}

/* Whether there may be somebody to ask: without, nothing is read from stdin. */
static int has_server(void)
{
    struct sockaddr_un to;
    struct stat st;
    return address(&to) == 0 && lstat(to.sun_path, &st) == 0;
}

/* Receives the whole answer before a byte of it is printed: what was begun cannot be handed to git any more. */
static char *converse(const char *git, int argc, char **argv, const struct input *input, unsigned char head[HEAD_BYTES])
{
    struct sockaddr_un to;
    struct buffer asked = { NULL, 0, 0 };
    char *body = NULL;
    if (address(&to) != 0) return NULL;
    int at = open_socket();
    if (at < 0) return NULL;
    if (connect(at, (struct sockaddr *)&to, sizeof to) == 0 && is_ours(at) && question(&asked, git, argc, argv, input) == 0
        && transfer(at, asked.bytes, asked.length, 1, &PATIENCE) == 0 && transfer(at, (char *)head, HEAD_BYTES, 0, &PATIENCE) == 0
        && get_number(head) == 1) {
        size_t length = (size_t)get_number(head + 8) + get_number(head + 12);
        body = length <= MAX_ANSWER ? malloc(length + 1) : NULL;
        if (body && transfer(at, body, length, 0, &PATIENCE) != 0) {
            free(body);
            body = NULL;
        }
    }
    free(asked.bytes);
    close(at);
    return body;
}

int ask_server(const char *git, int argc, char **argv, struct answer *answer)
{
    unsigned char head[HEAD_BYTES];
    enum reading reading;
    struct input *input = &answer->input;
    input->bytes = NULL;
    if (!may_be_asked(argc, argv, &reading) || !may_be_asked_here()) return 0;
    if (reading != READS_NOTHING) {
        int is_read = has_server() ? read_input(input, (int)reading) : 0;
        if (is_read != 1) return is_read;
    }
    answer->body = converse(git, argc, argv, input, head);
    if (answer->body) {
        answer->code = (int)get_number(head + 4);
        answer->out = get_number(head + 8);
        answer->err = get_number(head + 12);
        /* The order of what goes to the same place would show. */
        if (answer->out == 0 || answer->err == 0 || !are_joined()) return 1;
        free(answer->body);
    }
    return give_back_input(input) == 0 ? 0 : -1;
}

int print_answer(struct answer *answer)
{
    /* A closed pipe ends this process, as it ends git. A disk that is full is for git to tell, in its words. */
    int is_printed = write_all(STDOUT_FILENO, answer->body, answer->out) == 0 && write_all(STDERR_FILENO, answer->body + answer->out, answer->err) == 0;
    free(answer->body);
    return is_printed;
}
