import { MAX_PAYLOAD_BYTES, isHookEvent, isRecording, readPayload } from '../../hooks/payload.ts';
import { recordHook } from '../../hooks/record.ts';
import type { Call } from '../../hooks/record.ts';
import type { Clock } from '../engine/ports.ts';
import type { Log } from '../log.ts';
import type { Answer, Question } from '../shim/wire.ts';

export interface HookAnswersOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly call: Call;
}

/** What the native front is to do: nothing more, the hook is answered. Claude Code reads what a hook prints, and there is nothing to say. */
const DONE: Answer = { code: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

/** Answers the hooks of Claude Code that the native front asks (docs/claude-code.md): the payload becomes calls of operations. */
export class HookAnswers {
  readonly #options: HookAnswersOptions;

  constructor(options: HookAnswersOptions) {
    this.#options = options;
  }

  /** Undefined when the front has to turn to the command line: it is of another version, or the hook is none that only records. */
  async answer(question: Question): Promise<Answer | undefined> {
    const { version, clock, log, call } = this.#options;
    const [event] = question.args;
    if (question.version !== version || !isHookEvent(event) || !isRecording(event)) return undefined;
    const started = clock.micros();
    const payload = readPayload(Buffer.from((question.input ?? '').slice(0, MAX_PAYLOAD_BYTES), 'latin1'));
    const directory = Buffer.from(question.directory, 'latin1').toString('utf8');
    const { recorded, notes } = await recordHook(event, payload, directory, call);
    if (notes.length > 0) log.info('A hook did not record everything', { event, notes });
    log.debug('A hook was answered', { event, recorded, millis: (clock.micros() - started) / 1000 });
    return DONE;
  }
}
