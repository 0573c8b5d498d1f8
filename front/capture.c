#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

/* What a shell says of a program that cannot be run. */
enum { EXIT_CANNOT_RUN = 126 };

/* Signals by which people and systems end a program, and upon which git cleans up. */
static const int HANDED_ON[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
enum { HANDED_ON_COUNT = sizeof HANDED_ON / sizeof *HANDED_ON };

static volatile sig_atomic_t child;

/* Keys of the terminal reach git without us, too: then it gets the signal twice, which ends it once. */
static void hand_on(int signal)
{
    int saved = errno;
    kill((pid_t)child, signal);
    errno = saved;
}

/* A file for git to write to: in memory, where no disk is full, or else a temporary one. */
static int scratch_file(void)
{
#ifdef MFD_CLOEXEC
    int in_memory = memfd_create("pyi", MFD_CLOEXEC);
    if (in_memory >= 0) return in_memory;
#endif
    FILE *temporary = tmpfile();
    if (!temporary) return -1;
    int file = fcntl(fileno(temporary), F_DUPFD_CLOEXEC, 0);
    fclose(temporary);
    return file;
}

/* What comes of the child: git, with everything but its outputs as this process was given it. */
static void become_git(const char *git, char **argv, pid_t parent, const sigset_t *mask, int out, int err)
{
#ifdef __linux__
    /* It dies as it would in our place; whoever has been killed before this line was not told. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(EXIT_CANNOT_RUN);
#else
    (void)parent;
#endif
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) _exit(EXIT_CANNOT_RUN);
    sigprocmask(SIG_SETMASK, mask, NULL);
    argv[0] = (char *)"git";
    execve(git, argv, environ);
    _exit(EXIT_CANNOT_RUN);
}

/* Waits for the child, handing signals on. What was ignored before stays so: git ignores it, too. */
static int wait_for_child(const sigset_t *mask, int *status)
{
    struct sigaction before[HANDED_ON_COUNT], handing;
    siginfo_t ended;
    int result;
    memset(&handing, 0, sizeof handing);
    handing.sa_handler = hand_on;
    for (int i = 0; i < HANDED_ON_COUNT; i++) {
        sigaction(HANDED_ON[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) sigaction(HANDED_ON[i], &handing, NULL);
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
    /* Until no signal is handed on any more the child is kept: its number must not be another's. */
    do result = waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT);
    while (result != 0 && errno == EINTR);
    for (int i = 0; i < HANDED_ON_COUNT; i++) sigaction(HANDED_ON[i], &before[i], NULL);
    return result == 0 && waitpid((pid_t)child, status, 0) == (pid_t)child ? 0 : -1;
}

/* Runs git with its outputs into the two files. */
static int run_into(const char *git, char **argv, int out, int err, int *status)
{
    sigset_t all, mask;
    pid_t self = getpid();
    /* A signal that comes before the child is known would be handed on to nobody. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &mask);
    pid_t forked = fork();
    if (forked == 0) become_git(git, argv, self, &mask, out, err);
    child = (sig_atomic_t)forked;
    if (forked > 0) return wait_for_child(&mask, status);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return -1;
}

static int read_whole(int file, char *to, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t done = pread(file, to + at, length - at, (off_t)at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        at += (size_t)done;
    }
    return 0;
}

/* All that git wrote, one file after the other. */
static int read_back(int out, int err, struct answer *truth)
{
    struct stat first, second;
    if (fstat(out, &first) != 0 || fstat(err, &second) != 0) return -1;
    truth->out = (size_t)first.st_size;
    truth->err = (size_t)second.st_size;
    truth->body = malloc(truth->out + truth->err + 1);
    if (!truth->body) return -1;
    if (read_whole(out, truth->body, truth->out) == 0 && read_whole(err, truth->body + truth->out, truth->err) == 0) return 0;
    free(truth->body);
    return -1;
}

int capture_git(const char *git, char **argv, struct answer *truth, int *status)
{
    int out = scratch_file(), err = scratch_file(), result = -1;
    /* Asked again, the question must be the same one. */
    char *self = argv[0];
    if (out >= 0 && err >= 0 && run_into(git, argv, out, err, status) == 0 && read_back(out, err, truth) == 0) {
        truth->code = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
        result = truth->code == EXIT_CANNOT_RUN ? -1 : 0;
        if (result != 0) free(truth->body);
    }
    argv[0] = self;
    if (out >= 0) close(out);
    if (err >= 0) close(err);
    return result;
}
