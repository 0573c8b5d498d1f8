/** Translates a text whose English form is its key. */
export type Translate = (key: string, ...values: (string | number)[]) => string;

/** `{0}`, `{1}` … replaced by values; one without a value stays. */
export function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
