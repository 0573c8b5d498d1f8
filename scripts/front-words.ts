import packageJson from '../package.json';
import { EXTRA_WORDS, VERB_WORDS } from '../cli/verbs/table.ts';
import { HOOK_EVENTS, isRecording } from '../hooks/payload.ts';
import { HARMLESS_VARIABLES, TOLD_VARIABLES } from '../server/shim/environment.ts';
import { ROUTES } from '../server/shim/routes/table.ts';

/** The header that the native front is compiled with: what it must know of the rest, from the one place where that stands. */
export function frontWords(): string {
  const quoted = (words: readonly string[]): string => `{ ${words.map((word) => JSON.stringify(word)).join(', ')}, NULL }`;
  const list = (name: string, words: readonly string[]): string => `static const char *const ${name}[] = ${quoted(words)};\n`;
  /** For what not every source that includes this uses. */
  const literal = (name: string, words: readonly string[]): string => `#define ${name} ((const char *const[])${quoted(words)})\n`;
  return [
    '/* Made by scripts/front-words.ts. */\n',
    `#define PYI_VERSION ${JSON.stringify(packageJson.version)}\n`,
    literal('PYI_WORDS', [...VERB_WORDS, ...Object.keys(EXTRA_WORDS)]),
    literal('PYI_RECORDING_HOOKS', HOOK_EVENTS.filter(isRecording)),
    list('PYI_ASKED_COMMANDS', Object.keys(ROUTES)),
    '#ifdef PYI_ASKS\n',
    list('PYI_HARMLESS_VARIABLES', HARMLESS_VARIABLES),
    list('PYI_TOLD_VARIABLES', TOLD_VARIABLES),
    '#endif\n',
  ].join('');
}
