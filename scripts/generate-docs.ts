/**
 * Writes the documents that are made from code: docs/protocol.md from the operations, docs/cli.md from the help texts, docs/git-compat.md from the
 * routes of the Git shim.
 * `npm run docs` writes them; `npm run docs -- --check` fails when one is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { extraHelp, overview, verbHelp } from '../cli/help.ts';
import { EXTRA_WORDS, isExtraWord, VERBS } from '../cli/verbs/table.ts';
import { ERROR_CODES } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { HelloParams, HelloResult, SubscribeParams, SubscribeResult, ToldEvent, UnsubscribeParams, UnsubscribeResult } from '../protocol/handshake.ts';
import type { Operation } from '../protocol/operation.ts';
import { OPERATIONS } from '../protocol/registry.ts';
import type { OperationName } from '../protocol/registry.ts';
import { TOOLS } from '../protocol/tools/table.ts';
import { EVENT_METHOD, HELLO_METHOD, IDEMPOTENCY_KEY, MAX_BATCH, MAX_CALLS_IN_FLIGHT, MAX_MESSAGE_BYTES, methodOf, PROGRESS_METHOD, PROGRESS_TOKEN, PROTOCOL_VERSION, SUBSCRIBE_METHOD, UNSUBSCRIBE_METHOD } from '../protocol/wire.ts';
import { parseCommandLine } from '../server/shim/command-line.ts';
import { DELEGATIONS, GIT_COMMANDS } from '../server/shim/routes/commands.ts';
import { CALL_RATE } from '../server/transport/rate-limit.ts';
import { FORMS } from '../test/differential/shim-forms.ts';
import { parametersTable, resultTable, table } from './schema-markdown.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const GENERATED = '<!-- Made by "npm run docs" from the code. Do not edit. -->';

/** When each error is given. Typed by the codes, so that a new code without a meaning does not compile. */
const ERROR_MEANINGS: Record<ErrorCode, string> = {
  NOT_FOUND: 'No fork, checkpoint, path, repository or store goes by what was given.',
  BRANCH_STALE: 'The base moved on since the fork was made. The fork lives on: bring the base in and try again.',
  FORK_MERGED: 'The fork has been collapsed or integrated and takes no more changes.',
  FORK_DISCARDED: 'The fork has been discarded; undo brings it back until it is swept.',
  NAME_EXISTS: 'A live fork has this name.',
  INVALID_ARGUMENT: 'A parameter is missing, of the wrong type, out of bounds or ambiguous.',
  INVALID_PATH: 'The path leaves the tree, names a Git directory or cannot be a path.',
  CONFLICT: 'What was asked for would overwrite changes that are recorded nowhere, or has conflicts.',
  QUOTA_EXCEEDED: 'The store has reached its size cap, or the connection a limit on its calls.',
  NO_SPACE: 'The disk is full.',
  CORRUPT_OBJECT: 'Stored bytes do not match their checksum or id.',
  UNAUTHORIZED: 'The token of the connection is missing or wrong.',
  UNSUPPORTED_VERSION: 'The store or the other side speaks a version that this one does not.',
  BUSY: 'Something else holds what is needed; try again.',
  CANCELLED: 'The caller took the call back.',
  INTERNAL: 'A defect of PYI, or an error of the system that has no code of its own.',
};

function protocolDocument(): string {
  const operations = Object.entries(OPERATIONS) as [OperationName, Operation][];
  return [
    '# Protocol', GENERATED,
    `Version ${PROTOCOL_VERSION}. Every operation is a JSON-RPC 2.0 request over the server's socket (\`Content-Length\` framing) and a verb of \`pyi\`, with the same names and shapes${exceptions()}. ${TOOLS.length} of them are tools of \`pyi mcp\`, with fewer parameters and shorter results: see [mcp.md](mcp.md). Unknown parameters are refused; no error changes state.`,
    `## Connection\n\nThe first request is \`${HELLO_METHOD}\`. Another \`pyi/*\` request before it is refused; a token that does not match ends the connection.`,
    'The server keeps the manners of a language server, so that any language client can hold the conversation: `initialize` (before or after hello, once) tells name and version, after `shutdown` every request is refused, `exit` ends this connection and never the server. It offers no language feature and asks nothing of its client.',
    `Parameters\n\n${parametersTable(HelloParams)}`, `Result\n\n${resultTable(HelloResult)}`,
    `Beside its parameters a call may have \`${PROGRESS_TOKEN}\` (text or a whole number: the caller wants to hear how far long work is) and, unless it only reads, \`${IDEMPOTENCY_KEY}\` (text of 1 to 200 characters): asked again under the same key, say after a broken connection, it is not done twice but answered as the first time.`,
    `\`$/cancelRequest\` takes a running call back. \`${PROGRESS_METHOD}\` (server to client: \`token\`, \`what\`, \`done\`, \`total\`) tells how far long work is.`,
    '## Events', `After \`${SUBSCRIBE_METHOD}\` the client hears \`${EVENT_METHOD}\` when a store changes:`, resultTable(ToldEvent),
    `Parameters of \`${SUBSCRIBE_METHOD}\`\n\n${parametersTable(SubscribeParams)}`, `Result\n\n${resultTable(SubscribeResult)}`,
    `A connection may have several subscriptions, and hears an event once if any of them asks for it. To go on after a broken connection, give \`after\` and \`epoch\`: what was missed and is still kept (the last 16,384 events) comes first, in order, before the answer. \`missed\` says that this was not all, or that the server is another one; then look at the state itself.`,
    `\`${UNSUBSCRIBE_METHOD}\` ends subscriptions.\n\n${parametersTable(UnsubscribeParams)}`, `Result\n\n${resultTable(UnsubscribeResult)}`,
    '## Many calls', `Requests may be sent without waiting for answers; each is answered when it is done, whatever the order. On one fork their effects come in the order of sending. Who must see an effect waits for its answer, or sends a batch.`,
    `A batch (JSON-RPC 2.0 §6: a list of at most ${MAX_BATCH} messages) is run in its order: a call that changes something begins when all before it have ended, and ends before the next begins; calls that only read and stand together run side by side. The answer is one list, in the order of the requests. An error stops nothing: the calls behind it are made all the same.`,
    `Limits: a message has at most ${MAX_MESSAGE_BYTES} bytes and is nested at most 1000 deep; more ends the connection, after an answer with \`"id": null\` that says why. A connection has at most ${MAX_CALLS_IN_FLIGHT} calls without an answer, and at most 1 MiB of answers unread; beyond, the server reads nothing more of it until that changes. ${CALL_RATE.perSecond} calls a second (${CALL_RATE.burst} at once) are more than a client needs; those beyond fail with \`QUOTA_EXCEEDED\`. Who leaves 64 MiB of events unread is cut off. Connections take turns, so nobody's flood is another's delay.`,
    '## Errors\n\nAn error\'s `data` is `{ code, message, hint }`: what happened to what, and what to do next. Match by `code`.',
    table(['code', 'given when'], ERROR_CODES.map((code) => [`\`${code}\``, ERROR_MEANINGS[code]])),
    '## Operations',
    table(['operation', 'does', 'changes state'], operations.map(([name, operation]) => [`[\`${name}\`](#${name})`, operation.summary, effect(operation)])),
    ...operations.flatMap(([name, operation]) => operationSection(name, operation)),
  ].join('\n\n') + '\n';
}

/** Verbs that are not called as their operations are. */
function exceptions(): string {
  const renamed = Object.values(VERBS).filter(({ name, word }) => word !== name).map(({ name, word }) => `\`${name}\` is \`pyi ${word}\`, because git has a command of that name`);
  return renamed.length === 0 ? '' : ` (${renamed.join('; ')})`;
}

function effect({ readOnly, destructive }: Operation): string {
  if (readOnly) return 'no';
  return destructive ? 'yes; may remove or overwrite' : 'yes';
}

function operationSection(name: OperationName, operation: Operation<z.ZodObject>): string[] {
  return [
    `### ${name}`,
    `${operation.summary}. Method \`${methodOf(name)}\`; changes state: ${effect(operation)}.`,
    `\`\`\`sh\n${operation.example}\n\`\`\``,
    `Parameters\n\n${parametersTable(operation.params)}`,
    `Result\n\n${resultTable(operation.result)}`,
  ];
}

/** What the command line prints as help, word for word. */
function commandLineDocument(): string {
  const plain = { color: false, now: 0 };
  const section = (name: string, help: string): string => `## ${name}\n\n\`\`\`\n${help.trimEnd().replace(/ +$/gm, '')}\n\`\`\``;
  return [
    '# Command line', GENERATED,
    'With `--json` a verb prints one JSON value on stdout and nothing else; its shape is the result of the same name in [protocol.md](protocol.md). An error is `{"error":{"code","message","hint"}}`. Exit codes: 0, 1 for an error, 2 for wrong usage.',
    section('pyi', overview(plain)),
    ...Object.values(VERBS).map((verb) => section(`pyi ${verb.word}`, verbHelp(verb, plain))),
    ...Object.keys(EXTRA_WORDS).filter(isExtraWord).map((word) => section(`pyi ${word}`, extraHelp(word))),
  ].join('\n\n') + '\n';
}

/** How each command of git is treated, with the forms that the tests hold the shim to. */
function gitCompatDocument(): string {
  const forms = new Map<string, string[]>();
  for (const args of FORMS) {
    const line = parseCommandLine(args);
    if (line !== undefined) forms.set(line.command, [...forms.get(line.command) ?? [], `git ${args.map(quoted).join(' ')}`]);
  }
  const remembered = [...GIT_COMMANDS].filter(([, treatment]) => treatment === 'remembered').map(([name]) => name);
  return [
    '# The commands of git', GENERATED,
    'Which commands the [shim](git-shim.md) answers from memory, and why git alone answers the others. `pyi git-compat` shows the same with what was counted since the server began.',
    `Of ${GIT_COMMANDS.size} commands, ${remembered.length} are remembered in the forms whose options the shim knows, and wherever it is certain; any other form is git's.`,
    '## Remembered', 'Each with forms that the tests hold to be answered.',
    ...remembered.map((name) => `### ${name}\n\n\`\`\`sh\n${(forms.get(name) ?? []).join('\n')}\n\`\`\``),
    '## Left to git', table(['command', 'why'], [...GIT_COMMANDS].flatMap(([name, treatment]) => (treatment === 'remembered' ? [] : [[`\`${name}\``, DELEGATIONS[treatment]]]))),
  ].join('\n\n') + '\n';
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/protocol.md': protocolDocument,
  'docs/cli.md': commandLineDocument,
  'docs/git-compat.md': gitCompatDocument,
};

function currentText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const check = process.argv.includes('--check');
for (const [path, render] of Object.entries(DOCUMENTS)) {
  const file = join(root, path);
  const text = render();
  if (currentText(file) === text) {
    console.log(`${path}: up to date`);
  } else if (check) {
    console.error(`${path}: out of date. Run "npm run docs" and look at what changed.`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`${path}: written`);
  }
}
