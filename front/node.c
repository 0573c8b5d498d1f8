#include "node.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_in_node(const struct self *self, int argc, char **argv)
{
    char script[PATH_MAX + 32];
    snprintf(script, sizeof script, "%s", self->path);
    char *slash = strrchr(script, '/');
    if (slash) *slash = '\0';
    strncat(script, "/../cli.cjs", sizeof script - strlen(script) - 1);

    char **args = calloc((size_t)argc + 2, sizeof *args);
    if (!args) return EXIT_FAULT;
    const char *node = getenv("PYI_NODE");
    args[0] = (char *)(node && *node ? node : "node");
    args[1] = script;
    for (int i = 1; i < argc; i++) args[i + 1] = argv[i];
    execvp(args[0], args);
    fprintf(stderr, "pyi: Node cannot be run (%s): %s\n  Put node on PATH, or set PYI_NODE to the program.\n", args[0], strerror(errno));
    return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
