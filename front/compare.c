#include "compare.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"

/* Of outputs that differ, so many bytes are noted. */
enum { NOTED_BYTES = 4096 };

/* Where a line is made in memory; it is written at once, so that calls that end together do not mix. */
struct line { char *text; size_t length; FILE *to; };

static int open_line(struct line *line)
{
    line->text = NULL;
    line->to = open_memstream(&line->text, &line->length);
    return line->to ? 0 : -1;
}

static void append_line(struct line *line, const char *file)
{
    fputs("}\n", line->to);
    if (fclose(line->to) == 0) {
        int at = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (at < 0 || write(at, line->text, line->length) != (ssize_t)line->length) fprintf(stderr, "pyi: PYI_COMPARE cannot be written (%s): %s\n", file, strerror(errno));
        if (at >= 0) close(at);
    }
    free(line->text);
}

static void put_json(FILE *to, const char *bytes, size_t length)
{
    fputc('"', to);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == '"' || byte == '\\') fprintf(to, "\\%c", byte);
        else if (byte < 0x20 || byte > 0x7e) fprintf(to, "\\u%04x", byte);
        else fputc(byte, to);
    }
    fputc('"', to);
}

static void put_call(FILE *to, int argc, char **argv, const char *answered)
{
    char directory[PATH_MAX];
    fputs("{\"argv\":[", to);
    for (int i = 1; i < argc; i++) {
        if (i > 1) fputc(',', to);
        put_json(to, argv[i], strlen(argv[i]));
    }
    fputs("],\"cwd\":", to);
    if (getcwd(directory, sizeof directory)) put_json(to, directory, strlen(directory));
    else fputs("null", to);
    fprintf(to, ",\"answered\":\"%s\"", answered);
}

void note_delegated(const char *file, int argc, char **argv)
{
    struct line line;
    if (open_line(&line) != 0) return;
    put_call(line.to, argc, argv, "git");
    append_line(&line, file);
}

static int is_same(const struct answer *a, const struct answer *b)
{
    return a->code == b->code && a->out == b->out && a->err == b->err && memcmp(a->body, b->body, a->out + a->err) == 0;
}

static void put_stream(FILE *to, const char *name, const char *server, size_t server_length, const char *git, size_t git_length)
{
    if (server_length == git_length && memcmp(server, git, git_length) == 0) return;
    fprintf(to, ",\"%s\":{\"server\":", name);
    put_json(to, server, server_length < NOTED_BYTES ? server_length : NOTED_BYTES);
    fputs(",\"git\":", to);
    put_json(to, git, git_length < NOTED_BYTES ? git_length : NOTED_BYTES);
    fputc('}', to);
}

static void put_difference(FILE *to, const struct answer *server, const struct answer *git)
{
    if (server->code != git->code) fprintf(to, ",\"code\":{\"server\":%d,\"git\":%d}", server->code, git->code);
    put_stream(to, "stdout", server->body, server->out, git->body, git->out);
    put_stream(to, "stderr", server->body + server->out, server->err, git->body + git->out, git->err);
}

/* Whether the server says something else than git, also when it is asked again. */
static int differs(const char *git, int argc, char **argv, struct answer *given, const struct answer *truth)
{
    struct answer again;
    if (is_same(given, truth)) return 0;
    /* It is not sure any more: something has changed. */
    if (!ask_server(git, argc, argv, &again)) return 0;
    free(given->body);
    *given = again;
    return !is_same(given, truth);
}

int compare_with_git(const char *file, const char *git, int argc, char **argv, struct answer *given)
{
    struct answer truth;
    struct line line;
    int status = 0;
    if (capture_git(git, argv, &truth, &status) != 0) {
        free(given->body);
        note_delegated(file, argc, argv);
        return -1;
    }
    if (open_line(&line) == 0) {
        put_call(line.to, argc, argv, "server");
        int is_other = differs(git, argc, argv, given, &truth);
        fprintf(line.to, ",\"equal\":%s", is_other ? "false" : "true");
        if (is_other) put_difference(line.to, given, &truth);
        append_line(&line, file);
    }
    int is_printed = print_answer(&truth);
    free(given->body);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return is_printed ? truth.code : -1;
}
