import type { Contract, HostMessage, PageMessage } from './wire.ts';

/** What VS Code gives a webview to talk to its extension. */
interface VsCode {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCode;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** The page's end of the conversation with its host. `Position` is what the page keeps over a reload: where the user was, no data. */
export class Host<State, Methods extends Contract, Position> {
  readonly #vscode = acquireVsCodeApi();
  readonly #onState: (state: State) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  /** Starts listening; call {@link ready} when the page can draw: that draws the state that the page was written with. */
  constructor(onState: (state: State) => void) {
    this.#onState = onState;
    window.addEventListener('message', ({ data }: MessageEvent<HostMessage<State>>) => {
      if (data.type === 'state') onState(data.state);
      else this.#settle(data);
    });
  }

  ready(): void {
    const written = document.getElementById('state')?.textContent;
    if (written) this.#onState(JSON.parse(written) as State);
    this.#vscode.postMessage({ type: 'ready' });
  }

  /** Asks the host. Rejects with what went wrong, in words for the user. */
  request<M extends keyof Methods & string>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    const id = this.#next++;
    return new Promise<Methods[M]['result']>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#vscode.postMessage({ type: 'request', id, method, params });
    });
  }

  /** What was saved, whatever an older version of the page may have saved: to be checked. */
  get saved(): unknown {
    return this.#vscode.getState();
  }

  save(position: Position): void {
    this.#vscode.setState(position);
  }

  #settle(message: Exclude<HostMessage<State>, { readonly type: 'state' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'reply') waiting?.resolve(message.result as never);
    else waiting?.reject(new Error(message.message));
  }
}
