/*
 * The `pyi` command: PYI's own words go to the program in Node, what the server may know is asked of it, and all else
 * is the true git, which takes this process over: its arguments, environment, streams and signals are untouched.
 *
 * Nothing is read from stdin and nothing is written before it is certain who answers.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "compare.h"
#include "hook.h"
#include "node.h"
#include "real-git.h"
#include "words.h" /* made by scripts/front.mjs */

extern char **environ;

enum { MAX_DEPTH = 20, SHORTEST_SLIP = 4 };

static int is_among(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0) return 1;
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The first word after `-C DIR`, as often as that stands there; NULL when there is none. */
static const char *first_word(char **argv)
{
    while (argv[1] && strcmp(argv[1], "-C") == 0 && argv[2]) argv += 2;
    return argv[1];
}

/* Whether one letter is missing, too many, wrong, or in the place of the next. */
static int is_slip(const char *word, const char *meant)
{
    while (*word && *word == *meant) word++, meant++;
    if (!*word && !*meant) return 0;
    return (*word && strcmp(word + 1, meant) == 0) || (*meant && strcmp(word, meant + 1) == 0)
        || (*word && *meant && strcmp(word + 1, meant + 1) == 0)
        || (*word && *meant && word[0] == meant[1] && word[1] == meant[0] && strcmp(word + 2, meant + 2) == 0);
}

/* Whether a word is likely to be meant for PYI: there it is git's as well, but with advice when git does not know it. */
static int is_likely_for_pyi(const char *word)
{
    if (strlen(word) < SHORTEST_SLIP || is_among(word, PYI_ASKED_COMMANDS)) return 0;
    for (const char *const *meant = PYI_WORDS; *meant; meant++)
        if (is_slip(word, *meant)) return 1;
    return 0;
}

/* Whether the command is PYI's own. Under the name of git nothing is. */
static int is_for_pyi(char **argv)
{
    if (strcmp(base_name(argv[0]), "git") == 0) return 0;
    const char *word = first_word(argv);
    if (!word) return 1;
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || is_among(word, PYI_WORDS) || is_likely_for_pyi(word);
}

/* A script in place of git may call us again: it gets a counter, so that this comes to an end. Returns 0, or -1 at the end. */
static int count_depth(const char *git)
{
    if (!is_script(git)) return 0;
    const char *text = getenv("PYI_GIT_DEPTH");
    int depth = text ? atoi(text) : 0;
    if (depth >= MAX_DEPTH) return -1;
    char next[16];
    snprintf(next, sizeof next, "%d", depth + 1);
    return setenv("PYI_GIT_DEPTH", next, 1);
}

/* `pyi claude hook NAME`, of a hook that only records. Elsewhere than on Linux no server listens for fronts, and Node does the same. */
static int is_recording_hook(int argc, char **argv)
{
#ifdef __linux__
    return argc == 4 && strcmp(base_name(argv[0]), "git") != 0 && strcmp(argv[1], "claude") == 0 && strcmp(argv[2], "hook") == 0 && is_among(argv[3], PYI_RECORDING_HOOKS);
#else
    (void)argc, (void)argv;
    return 0;
#endif
}

static int run_git(const char *git, char **argv)
{
    argv[0] = (char *)"git";
    execve(git, argv, environ);
    fprintf(stderr, "pyi: git cannot be run (%s): %s\n", git, strerror(errno));
    return EXIT_CANNOT_RUN;
}

/* What git says, from the server, from git, or from both. */
static int answer_as_git(const char *git, int argc, char **argv)
{
    struct answer answer;
    const char *compared = getenv("PYI_COMPARE");
    int compares = compared && *compared, is_answered = ask_server(git, argc, argv, &answer);
    if (is_answered == 1 && !compares && print_answer(&answer)) return answer.code;
    /* What was read from stdin can be given to git once. */
    int can_compare = compares && is_answered == 1 && !answer.input.bytes;
    if (is_answered < 0 || (is_answered == 1 && give_back_input(&answer.input) != 0)) {
        fprintf(stderr, "pyi: What was read from stdin cannot be given to git: %s\n", strerror(errno));
        return EXIT_FAULT;
    }
    if (count_depth(git) != 0) {
        fprintf(stderr, "pyi: The git on PATH leads back to PYI: %s\n  Put the directory of the real git before the one of the wrapper on PATH.\n", git);
        return EXIT_FAULT;
    }
    if (can_compare) {
        int code = compare_with_git(compared, git, argc, argv, &answer);
        if (code >= 0) return code;
    } else if (compares) {
        note_delegated(compared, argc, argv);
    }
    return run_git(git, argv);
}

int main(int argc, char **argv)
{
    struct self self;
    char git[PATH_MAX];
    if (argc < 1 || find_self(&self) != 0) {
        fprintf(stderr, "pyi: The system does not say where this program is.\n");
        return EXIT_FAULT;
    }
    if (is_recording_hook(argc, argv)) return answer_hook(&self, argv[3]);
    if (is_for_pyi(argv)) return run_in_node(&self, argc, argv);
    if (find_real_git(&self, git, sizeof git) != 0) {
        fprintf(stderr, "pyi: There is no git on PATH to run \"%s\".\n  Install git, or set PYI_GIT to the program.\n", argv[1] ? argv[1] : "git");
        return EXIT_NOT_FOUND;
    }
    return answer_as_git(git, argc, argv);
}
