/** Formats whose output depends on more than the repository: on the time of day, or on programs. */

/** `%ar`, `%cr`, `%ah`, `%gd` with a date, signatures. */
const LOG_PLACEHOLDERS = /%[-+ ]?(?:[ac][rh]|G.|\(trailers|\(describe)/;
const REF_FIELDS = /:(?:relative|human|auto)|%\((?:\*?)(?:signature|describe|is-base|raw)|:(?:trailers|contents:trailers)|[:-]local/;
/** Dates as they are in every year. */
const DATES = ['short', 'iso', 'iso8601', 'iso-strict', 'iso8601-strict', 'rfc', 'rfc2822', 'raw', 'unix', 'default', 'normal'];

/** Whether `--format` or `--pretty` of `log` says the same tomorrow. A name is one of git's own: others are in the configuration. */
export function isSteadyLogFormat(format: string): boolean {
  if (/^(?:oneline|short|medium|full|fuller|email|raw|reference)$/.test(format)) return true;
  return /^t?format:|%/.test(format) && !LOG_PLACEHOLDERS.test(format);
}

/** Whether `--format` of `for-each-ref`, `branch` and `tag` says the same tomorrow. */
export function isSteadyRefFormat(format: string): boolean {
  return !REF_FIELDS.test(format);
}

export function isSteadyDate(date: string): boolean {
  return DATES.includes(date);
}
