import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { parsePageMessage } from '../../webview/shared/wire.ts';
import type { HostMessage, PageMessage } from '../../webview/shared/wire.ts';
import { errorText } from '../error-text.ts';
import { pageHtml } from './page.ts';
import type { PageOptions } from './page.ts';
import { Refresher } from './refresher.ts';
import type { RefresherOptions } from './refresher.ts';

/** A view that a webview shows: what it is called, what its page shows and asks. */
export interface View<State> {
  /** Id of the view in package.json, and type of its panel in the editor area. */
  readonly id: string;
  readonly title: string;
  /** `dist/webview/<page>.js` and `media/<page>.css`. */
  readonly page: string;
  /**
   * Everything that the page shows at once; what is long is asked for in parts. `first`: the page is about to open, and what it will ask
   * for at once may come along. Must not throw.
   */
  state(first: boolean): Promise<State>;
  /** Answers a question of the page. What comes in is to be checked: it is input. @throws PyiError shown to the user by the page */
  answer(method: string, params: unknown): Promise<unknown>;
  /** Takes over what a page saved before the window was reloaded. */
  restore(saved: unknown): void;
}

export interface ViewHostOptions<State> {
  readonly view: View<State>;
  readonly extensionUri: vscode.Uri;
  /** Shortest time between two states, ms. */
  readonly intervalMillis: number;
  readonly after: RefresherOptions['after'];
}

/** VS Code takes longer to prepare a webview. */
const FIRST_STATE_MILLIS = 150;

interface Page {
  readonly webview: vscode.Webview;
  readonly isVisible: () => boolean;
}

/**
 * Shows a view in webviews: in its place in the side bar, in an editor tab, or both. A page that is hidden gets no states;
 * it asks when it is back.
 */
export class ViewHost<State> implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #options: ViewHostOptions<State>;
  readonly #refresher: Refresher;
  readonly #pages = new Set<Page>();
  readonly #disposables: vscode.Disposable[];
  /** How often something may have changed: a state from before is not posted after it. */
  #changes = 0;
  #panel: vscode.WebviewPanel | undefined;

  constructor(options: ViewHostOptions<State>) {
    this.#options = options;
    const { view } = options;
    this.#refresher = new Refresher({ work: async () => this.#update(), intervalMillis: options.intervalMillis, after: options.after });
    this.#disposables = [
      vscode.window.registerWebviewPanelSerializer(view.id, {
        deserializeWebviewPanel: async (panel, saved: unknown) => {
          view.restore(saved);
          this.#adoptPanel(panel);
        },
      }),
    ];
  }

  /** Gives the view its place in the side bar; views that live in the editor area alone do without. */
  registerInSideBar(): void {
    this.#disposables.push(vscode.window.registerWebviewViewProvider(this.#options.view.id, this));
  }

  resolveWebviewView(shown: vscode.WebviewView, context: vscode.WebviewViewResolveContext): void {
    if (context.state !== undefined) this.#options.view.restore(context.state);
    const page = this.#adopt(shown.webview, 'sidebar', () => shown.visible);
    shown.onDidChangeVisibility(() => this.refresh());
    shown.onDidDispose(() => this.#pages.delete(page));
  }

  /** Opens the view in an editor tab, or brings that to the front. */
  showInEditor(): void {
    const { view } = this.#options;
    if (this.#panel === undefined) {
      this.#adoptPanel(vscode.window.createWebviewPanel(view.id, view.title, vscode.ViewColumn.Active, {}));
    } else {
      this.#panel.reveal();
      this.refresh();
    }
  }

  /** To be called when something may have changed. Costs nothing while no page is visible. */
  refresh(): void {
    this.#changes++;
    if (this.#isVisible) this.#refresher.request();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#refresher.dispose();
    this.#panel?.dispose();
  }

  get #isVisible(): boolean {
    return [...this.#pages].some((page) => page.isVisible());
  }

  #adoptPanel(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    const media = vscode.Uri.joinPath(this.#options.extensionUri, 'media');
    panel.iconPath = { light: vscode.Uri.joinPath(media, 'pyi-light.svg'), dark: vscode.Uri.joinPath(media, 'pyi-dark.svg') };
    const page = this.#adopt(panel.webview, 'editor', () => panel.visible);
    panel.onDidChangeViewState(() => this.refresh());
    panel.onDidDispose(() => {
      this.#pages.delete(page);
      this.#panel = undefined;
    });
  }

  #adopt(webview: vscode.Webview, place: PageOptions['place'], isVisible: () => boolean): Page {
    const { extensionUri, view } = this.#options;
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    const scripts = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const page: Page = { webview, isVisible };
    this.#pages.add(page);
    webview.options = { enableScripts: true, localResourceRoots: [media, scripts] };
    // What the page was written with is news to it once: VS Code writes the same page again whenever it was hidden.
    let written: number | undefined;
    webview.onDidReceiveMessage((raw: unknown) => {
      const message = parsePageMessage(raw);
      if (message?.type === 'request') void this.#answer(webview, message);
      else if (message?.type === 'ready' && written !== this.#changes) void this.#postState(page);
      written = undefined;
    });
    const changes = this.#changes;
    void this.#firstState().then((state) => {
      written = state === undefined ? undefined : changes;
      webview.html = pageHtml({
        title: view.title, language: vscode.env.language, source: webview.cspSource, nonce: randomBytes(16).toString('base64url'),
        script: webview.asWebviewUri(vscode.Uri.joinPath(scripts, `${view.page}.js`)).toString(),
        styles: ['shared', view.page].map((name) => webview.asWebviewUri(vscode.Uri.joinPath(media, `${name}.css`)).toString()),
        place, strings: vscode.l10n.bundle ?? {}, state,
      });
    });
    return page;
  }

  /** The state to write into a page, while VS Code makes room for it. A server that is slow keeps nobody from seeing the page. */
  async #firstState(): Promise<State | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#options.after(FIRST_STATE_MILLIS, () => { resolve(undefined); });
      void this.#options.view.state(true).then((state) => {
        cancel();
        resolve(state);
      });
    });
  }

  async #answer(webview: vscode.Webview, { id, method, params }: Extract<PageMessage, { readonly type: 'request' }>): Promise<void> {
    try {
      await this.#post(webview, { type: 'reply', id, result: await this.#options.view.answer(method, params) });
    } catch (error) {
      await this.#post(webview, { type: 'refusal', id, message: errorText(error) });
    }
  }

  async #update(): Promise<void> {
    if (this.#pages.size === 0) return;
    const state = await this.#options.view.state(false);
    for (const page of this.#pages) if (page.isVisible()) await this.#post(page.webview, { type: 'state', state });
  }

  async #postState({ webview }: Page): Promise<void> {
    await this.#post(webview, { type: 'state', state: await this.#options.view.state(false) });
  }

  async #post(webview: vscode.Webview, message: HostMessage<State>): Promise<void> {
    // A page that went meanwhile has no use for it.
    await webview.postMessage(message).then(undefined, () => false);
  }
}
