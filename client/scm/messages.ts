import type { Memento } from 'vscode';
import { PyiError } from '../../protocol/errors.ts';
import { t } from '../l10n.ts';

/** Longest message that the protocol takes, UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 65_536;
/** Longest first line that Git's own tools show whole. */
export const HEADLINE_LENGTH = 72;
const REMEMBERED = 50;
const KEY = 'pyi.messages';

/** @throws PyiError `INVALID_ARGUMENT` for a message that would be refused */
export function checkMessage(message: string): void {
  if (message.length <= MAX_MESSAGE_LENGTH) return;
  throw new PyiError('INVALID_ARGUMENT', t('The message has {0} characters, {1} are allowed.', message.length, MAX_MESSAGE_LENGTH), t('Shorten it. It was left in the input box.'));
}

/** Characters of the first line, if these are more than a commit's should have. */
export function overlongHeadline(message: string): number | undefined {
  const { length } = Array.from(message.trimStart().split('\n', 1)[0] ?? '');
  return length > HEADLINE_LENGTH ? length : undefined;
}

/** Messages of this workspace, the last one first. */
export class MessageHistory {
  readonly #memory: Pick<Memento, 'get' | 'update'>;

  constructor(memory: Pick<Memento, 'get' | 'update'>) {
    this.#memory = memory;
  }

  get all(): readonly string[] {
    const kept = this.#memory.get<unknown>(KEY);
    return Array.isArray(kept) ? kept.filter((message) => typeof message === 'string') : [];
  }

  async add(message: string): Promise<void> {
    if (message.trim() === '') return;
    await this.#memory.update(KEY, [message, ...this.all.filter((earlier) => earlier !== message)].slice(0, REMEMBERED));
  }
}
