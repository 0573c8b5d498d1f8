import * as vscode from 'vscode';
import { portableEnvironment } from '../../connect/spawn.ts';
import { PyiError } from '../../protocol/errors.ts';
import { TOOLS } from '../../protocol/tools/table.ts';
import { callOf } from '../../protocol/tools/tool.ts';
import type { Arguments, Tool } from '../../protocol/tools/tool.ts';
import { noIcons } from '../choices.ts';
import { t } from '../l10n.ts';
import { plain } from '../plain.ts';
import { diskFolders } from '../roots/folders.ts';
import type { Services } from '../services.ts';
import { notTrusted } from '../trust.ts';
import { confirmationOf } from './confirmations.ts';
import type { Confirmation } from './confirmations.ts';

/** The operations that chat in this window has as tools; package.json lists the same, and MCP has more. */
export const CHAT_TOOLS = ['checkpoint', 'fork', 'forks', 'changes', 'rewind', 'undo', 'observe', 'collapse', 'discard'] as const;

/** Name of a tool in VS Code. */
export function chatToolName(operation: string): string {
  return `pyi_${operation}`;
}

/** Registers the tools. */
export function registerChatTools(services: Pick<Services, 'server' | 'roots'>): vscode.Disposable {
  const tools = TOOLS.filter(({ operation }) => CHAT_TOOLS.some((name) => name === operation));
  return vscode.Disposable.from(...tools.map((tool) => vscode.lm.registerTool(chatToolName(tool.operation), new ChatTool(tool, services))));
}

/** One tool: asks the person where it has to, and the server. Its answers are those of MCP. */
export class ChatTool implements vscode.LanguageModelTool<Arguments> {
  readonly #tool: Tool;
  readonly #services: Pick<Services, 'server' | 'roots'>;

  constructor(tool: Tool, services: Pick<Services, 'server' | 'roots'>) {
    this.#tool = tool;
    this.#services = services;
  }

  async prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Arguments>): Promise<vscode.PreparedToolInvocation> {
    return told(async () => {
      const client = await this.#services.server.client();
      const confirmation = await confirmationOf(this.#tool.operation, { client, repository: this.#repository(input) }, input);
      return { invocationMessage: `PYI: ${this.#tool.operation}`, ...(confirmation === undefined ? {} : { confirmationMessages: shown(confirmation) }) };
    });
  }

  async invoke({ input }: vscode.LanguageModelToolInvocationOptions<Arguments>, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    const abort = new AbortController();
    const cancellation = token.onCancellationRequested(() => abort.abort());
    try {
      return await told(async () => {
        const { params, answer } = callOf(this.#tool, input, { repository: this.#repository(input), agent: undefined, env: portableEnvironment(process.env) });
        const client = await this.#services.server.client();
        const { value, reference } = answer(await client.call(this.#tool.operation, params, { signal: abort.signal }));
        return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(reference === undefined ? value : { ...value, more: reference.command }))]);
      });
    } finally {
      cancellation.dispose();
    }
  }

  /** The folder that a call is about: the one it names, else that of the file that is edited, else the first with a store. */
  #repository({ repository }: Arguments): string {
    if (!vscode.workspace.isTrusted) throw notTrusted();
    if (typeof repository === 'string') return repository;
    const { roots } = this.#services;
    const active = vscode.window.activeTextEditor?.document.uri;
    const edited = active === undefined ? undefined : roots.at(active);
    const folder = edited?.store.kind === 'ready' ? edited.folder : roots.ready[0]?.folder ?? diskFolders()[0]?.uri.fsPath;
    if (folder === undefined) throw new PyiError('NOT_FOUND', t('No folder is open.'), t('Open the folder of a repository first.'));
    return folder;
  }
}

/** Text of others stays text: what VS Code shows of it has neither links nor icons. */
function shown({ title, message, code }: Confirmation): vscode.LanguageModelToolConfirmationMessages {
  const text = new vscode.MarkdownString().appendText(message);
  return { title: noIcons(plain(title)), message: code === undefined ? text : text.appendCodeblock(code, 'sh') };
}

/** A language model reads the message of an error only: it says what happened, and what to do next. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!PyiError.is(error)) throw error;
    throw new Error(`${error.code}: ${error.message} ${error.hint}`.trim(), { cause: error });
  }
}
