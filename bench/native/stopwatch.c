/*
 * Times whole programs: from before the process is made until it has ended and all of its output was read. A program in Node
 * would add milliseconds of its own to commands that take one.
 *
 *   stopwatch ROUNDS PAUSE WAY...
 *
 * Each round runs all ways once, every other round backwards, with PAUSE ms after each. A way is
 *
 *   LIKE DIRECTORY STDIN TOUCHED DELAY PROGRAM NAME VARIABLES NAME=VALUE... ARGUMENTS ARGUMENT...
 *
 * where LIKE is the number of the way whose output it must have, STDIN a file whose content comes by a pipe, TOUCHED a file that gets a line, DELAY ms before the start (empty:
 * none), NAME what the program is told that it is called. A line for each: way, µs, exit code, 1 when it was like the other, and the
 * name of the program that ended. The system names a process after the file that it became last, so that a front that has become git is
 * told from one that has not, without a trace that would cost something.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MAX_WAYS = 64, NAME_BYTES = 64, SIGNAL_CODES = 128, BLOCK = 65536 };

struct output { char *bytes; size_t length, capacity; };

struct way {
    int like;
    const char *directory, *input, *touched, *program;
    long delay;
    char **environment, **arguments;
    struct output out, err;
    int code;
    double micros;
    char ended_as[NAME_BYTES];
};

static void fail(const char *what)
{
    fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now_micros(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void rest(long millis)
{
    struct timespec time = { millis / 1000, (millis % 1000) * 1000000 };
    while (millis > 0 && nanosleep(&time, &time) != 0 && errno == EINTR) continue;
}

static void read_all(int file, struct output *to)
{
    to->length = 0;
    for (;;) {
        if (to->length + BLOCK > to->capacity) {
            to->capacity = (to->length + BLOCK) * 2;
            to->bytes = realloc(to->bytes, to->capacity);
            if (!to->bytes) fail("memory");
        }
        ssize_t got = read(file, to->bytes + to->length, BLOCK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("output");
        if (got == 0) return;
        to->length += (size_t)got;
    }
}

static void touch(const char *file)
{
    int at = open(file, O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (at < 0 || write(at, "touched\n", 8) != 8 || close(at) != 0) fail(file);
}

static void read_name(pid_t pid, char *name)
{
    char path[NAME_BYTES];
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(name, NAME_BYTES, file)) fail(path);
    fclose(file);
    name[strcspn(name, "\n")] = '\0';
}

/* A pipe that holds the content of a file and has ended, as editors give input to git. */
static int piped(const char *file)
{
    char content[BLOCK];
    int ends[2], from = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t length = from < 0 ? -1 : read(from, content, sizeof content);
    /* What does not fit would wait for a reader. */
    if (length < 0 || length == BLOCK || close(from) != 0 || pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], content, (size_t)length) != length || close(ends[1]) != 0) fail(file);
    return ends[0];
}

static void run(struct way *way)
{
    int pipes[2], status;
    siginfo_t info;
    int input = piped(way->input), err = memfd_create("stderr", MFD_CLOEXEC);
    if (input < 0 || err < 0 || pipe2(pipes, O_CLOEXEC) != 0) fail("streams");
    if (*way->touched) touch(way->touched);
    rest(way->delay);
    double started = now_micros();
    pid_t pid = vfork();
    if (pid < 0) fail("vfork");
    if (pid == 0) {
        if (chdir(way->directory) == 0 && dup2(input, 0) == 0 && dup2(pipes[1], 1) == 1 && dup2(err, 2) == 2) execve(way->program, way->arguments, way->environment);
        _exit(127);
    }
    close(pipes[1]);
    read_all(pipes[0], &way->out);
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) fail("waitid");
    way->micros = now_micros() - started;
    read_name(pid, way->ended_as);
    if (waitpid(pid, &status, 0) != pid) fail("waitpid");
    way->code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_CODES + WTERMSIG(status);
    if (lseek(err, 0, SEEK_SET) != 0) fail("stderr");
    read_all(err, &way->err);
    close(pipes[0]);
    close(input);
    close(err);
}

static int same_output(const struct output *a, const struct output *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static char *take(char ***at)
{
    if (!**at) fail("arguments");
    return *(*at)++;
}

/* Those of `before`, and as many more as the next text says. */
static char **take_list(char **before, char ***at)
{
    size_t old = 0, count = (size_t)atol(take(at));
    while (before && before[old]) old++;
    char **list = calloc(old + count + 1, sizeof *list);
    if (!list) fail("memory");
    for (size_t i = 0; i < old; i++) list[i] = before[i];
    for (size_t i = 0; i < count; i++) list[old + i] = take(at);
    return list;
}

int main(int argc, char **argv)
{
    static struct way ways[MAX_WAYS];
    char **at = argv + 1;
    int count = 0;
    if (argc < 3) return 2;
    long rounds = atol(take(&at)), pause = atol(take(&at));
    while (*at && count < MAX_WAYS) {
        struct way *way = &ways[count++];
        way->like = atoi(take(&at));
        way->directory = take(&at);
        way->input = take(&at);
        way->touched = take(&at);
        way->delay = atol(take(&at));
        way->program = take(&at);
        char *name[] = { take(&at), NULL };
        way->environment = take_list(environ, &at);
        way->arguments = take_list(name, &at);
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            run(&ways[round % 2 ? count - 1 - i : i]);
            rest(pause);
        }
        for (int i = 0; i < count; i++) {
            const struct way *way = &ways[i], *like = &ways[way->like];
            int is_same = way->code == like->code && same_output(&way->out, &like->out) && same_output(&way->err, &like->err);
            printf("%d %.2f %d %d %s\n", i, way->micros, way->code, is_same, way->ended_as);
        }
    }
    return 0;
}
