/**
 * Variables of git's own that a person sets on purpose and that mean the same in every repository.
 * Whatever else begins with `GIT_` is dropped: a server started from a hook, an alias or `git rebase`
 * inherits variables that name that repository, that index and that commit's date
 * (`git rev-parse --local-env-vars`, githooks(5)).
 */
const KEPT = new Set([
  'GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'GIT_COMMITTER_NAME', 'GIT_COMMITTER_EMAIL',
  'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_ATTR_NOSYSTEM',
  'GIT_CEILING_DIRECTORIES', 'GIT_DISCOVERY_ACROSS_FILESYSTEM', 'GIT_EXEC_PATH', 'GIT_TEMPLATE_DIR',
  'GIT_ALLOW_PROTOCOL', 'GIT_PROTOCOL_FROM_USER', 'GIT_ASKPASS', 'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT',
  'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_NO_VERIFY', 'GIT_HTTP_USER_AGENT', 'GIT_NO_LAZY_FETCH',
]);

/** The base environment without what must not reach a child by accident. */
export function cleanEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const clean: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || (name.startsWith('GIT_') && !KEPT.has(name))) continue;
    clean[name] = value;
  }
  // Nobody sits at the server's terminal.
  clean['GIT_TERMINAL_PROMPT'] = '0';
  return clean;
}

/** What a command of ours gets on top: messages in one language, and no lock that it can do without. */
export const PLUMBING_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
