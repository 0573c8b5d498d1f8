import type { DashboardMessage, DashboardPosition } from './messages.ts';

/** What VS Code gives a webview to talk to its extension. */
export interface Host {
  postMessage(message: DashboardMessage): void;
  getState(): unknown;
  setState(state: DashboardPosition): void;
}

declare function acquireVsCodeApi(): Host;

/** The host. VS Code gives it once a page. */
export function acquireHost(): Host {
  return acquireVsCodeApi();
}
