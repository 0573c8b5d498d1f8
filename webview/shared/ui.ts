/** The controls of the webviews. The only file that knows the toolkit: it is no longer developed, and one day another takes its place. */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeDropdown, vsCodeOption, vsCodeTextField } from '@vscode/webview-ui-toolkit';

/** Makes the controls known to the page. To be called before any is made. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeDropdown(), vsCodeOption(), vsCodeTextField());
}

export interface ButtonOptions {
  readonly text: string;
  /** What a screen reader says, where the text alone does not tell which thing it is about. */
  readonly label?: string;
  readonly secondary?: boolean;
  readonly onClick: () => void;
}

export function button({ text, label, secondary = false, onClick }: ButtonOptions): HTMLElement {
  const made = document.createElement('vscode-button');
  made.setAttribute('appearance', secondary ? 'secondary' : 'primary');
  if (label !== undefined) made.setAttribute('aria-label', label);
  made.textContent = text;
  made.addEventListener('click', onClick);
  return made;
}

export interface IconButtonOptions {
  readonly picture: Node;
  readonly label: string;
  readonly onClick: (event: MouseEvent) => void;
}

/** A button that is a picture; its label is the tooltip, too. */
export function iconButton({ picture, label, onClick }: IconButtonOptions): HTMLElement {
  const made = document.createElement('vscode-button');
  made.setAttribute('appearance', 'icon');
  made.append(picture);
  made.addEventListener('click', onClick);
  labelButton(made, label);
  return made;
}

/** Gives an icon button another label. */
export function labelButton(made: HTMLElement, label: string): void {
  made.setAttribute('aria-label', label);
  made.title = label;
}

export interface FieldOptions {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

export function textField({ label, placeholder, value, onInput }: FieldOptions): HTMLElement & { value: string } {
  const made = document.createElement('vscode-text-field') as HTMLElement & { value: string };
  made.setAttribute('placeholder', placeholder);
  made.setAttribute('aria-label', label);
  made.setAttribute('value', value);
  made.addEventListener('input', () => onInput(made.value));
  return made;
}

export interface CheckboxOptions {
  readonly text: string;
  /** What a screen reader says, where the text alone is too short to be understood. */
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function checkbox({ text, label, checked, onChange }: CheckboxOptions): HTMLElement {
  const made = document.createElement('vscode-checkbox') as HTMLElement & { checked: boolean };
  made.toggleAttribute('checked', checked);
  made.setAttribute('aria-label', label);
  made.title = label;
  made.textContent = text;
  made.addEventListener('change', () => onChange(made.checked));
  return made;
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A dropdown whose options follow what it is shown. */
export class Dropdown {
  readonly node: HTMLElement & { value: string };
  #shown = '';

  constructor(label: string, onChange: (value: string) => void) {
    this.node = document.createElement('vscode-dropdown') as HTMLElement & { value: string };
    this.node.setAttribute('aria-label', label);
    this.node.addEventListener('change', () => onChange(this.node.value));
  }

  show(choices: readonly Choice[], selected: string | undefined): void {
    const wanted = JSON.stringify([choices, selected]);
    // Replacing the options closes an open list, so only when they changed.
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.node.replaceChildren(...choices.map(({ value, text }) => {
      const option = document.createElement('vscode-option');
      option.setAttribute('value', value);
      option.toggleAttribute('selected', value === selected);
      option.textContent = text;
      return option;
    }));
  }
}
