/**
 * Which variables of the caller's environment decide what git prints. The native front is built with these
 * lists: a `GIT_` variable that is in neither makes it run the real git, and only what is told reaches the server.
 */

/** Variables of git that change nothing about what the commands of the shim print: editors, askpass, identities, transports. */
export const HARMLESS_VARIABLES = [
  'GIT_OPTIONAL_LOCKS', 'GIT_PAGER', 'GIT_EDITOR', 'GIT_SEQUENCE_EDITOR', 'GIT_MERGE_AUTOEDIT', 'GIT_ASKPASS', 'GIT_TERMINAL_PROMPT',
  'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT', 'GIT_AUTHOR_*', 'GIT_COMMITTER_*', 'GIT_HTTP_*', 'GIT_SSL_*', 'GIT_PROXY_*', 'GIT_PROTOCOL*', 'GIT_ALLOW_PROTOCOL', 'GIT_TEMPLATE_DIR', 'GIT_LFS_*', 'GIT_PS1_*',
  'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM',
] as const;

/**
 * Variables that git's answer may depend on: where configuration lies, language, time zone, width, and how the current directory
 * is called. `GIT_OPTIONAL_LOCKS` says whether the index may be written.
 */
export const TOLD_VARIABLES = [
  'HOME', 'XDG_CONFIG_HOME', 'LANG', 'LANGUAGE', 'LC_*', 'TZ', 'TZDIR', 'LOCPATH', 'COLUMNS', 'TERM', 'PWD', 'PATH', 'GIT_OPTIONAL_LOCKS', 'NO_COLOR',
  'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM',
] as const;
