#include "input.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire.h"

/* What is longer is git's. What fits in a pipe of any system needs nobody to write it. */
enum { MAX_INPUT = 64 * 1024, FITS_IN_PIPE = 4096 };

static int write_whole(int to, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(to, bytes, length);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        bytes += done;
        length -= (size_t)done;
    }
    return 0;
}

/* Carries what was read, and then what is left of stdin, into the pipe, until either side ends. */
static void relay(const struct input *input, int to)
{
    char buffer[16 * 1024];
    /* Whoever reads git's output must not wait for us. */
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    if (write_whole(to, input->bytes, input->length) != 0) _exit(0);
    for (;;) {
        struct pollfd both[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = to, .events = 0 } };
        if (poll(both, 2, -1) < 0 && errno != EINTR) _exit(0);
        if (both[1].revents != 0) _exit(0); /* git has ended */
        if (both[0].revents == 0) continue;
        ssize_t done = read(STDIN_FILENO, buffer, sizeof buffer);
        if (done < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (done <= 0 || write_whole(to, buffer, (size_t)done) != 0) _exit(0);
    }
}

int give_back_input(struct input *input)
{
    int ends[2];
    if (!input->bytes) return 0;
    if (pipe(ends) != 0) return -1;
    if (input->is_whole && input->length <= FITS_IN_PIPE) {
        if (write_whole(ends[1], input->bytes, input->length) != 0) return -1;
    } else {
        pid_t child = fork();
        if (child < 0) return -1;
        if (child == 0) {
            close(ends[0]);
            relay(input, ends[1]);
        }
    }
    free(input->bytes);
    input->bytes = NULL;
    close(ends[1]);
    if (dup2(ends[0], STDIN_FILENO) < 0) return -1;
    close(ends[0]);
    return 0;
}

/* A pipe or a socket: of anything else, what was read could not be given back as it was. */
static int is_stream(void)
{
    struct stat st;
    return fstat(STDIN_FILENO, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int read_input(struct input *input, int patience)
{
    /* In all: git may have something to say before the end, as of a name that it does not know. */
    long start = millis();
    input->length = 0;
    input->is_whole = 0;
    input->bytes = is_stream() ? malloc(MAX_INPUT) : NULL;
    if (!input->bytes) return 0;
    while (input->length < MAX_INPUT) {
        struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
        long left = start + patience - millis();
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) break;
        ssize_t done = read(STDIN_FILENO, input->bytes + input->length, MAX_INPUT - input->length);
        if (done < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (done < 0) break;
        if (done == 0) {
            input->is_whole = 1;
            return 1;
        }
        input->length += (size_t)done;
    }
    return give_back_input(input) == 0 ? 0 : -1;
}
