/**
 * Colours that only this command can print. Each sequence carries a number that is drawn once a process, which the sink
 * takes out; a sequence without it comes from data, and is shown escaped.
 */
import { randomInt } from 'node:crypto';

import { oneLine, visible } from './visible.ts';

const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

export type Styles = Readonly<Record<keyof typeof styles, (text: string) => string>>;

export const stylesOf = ({ color }: { readonly color: boolean }): Styles =>
  Object.fromEntries(
    Object.entries(styles).map(([name, [open, close]]) => [
      name,
      (text: string) => (color ? `${sequence(open)}${text}${sequence(close)}` : text),
    ]),
  ) as unknown as Styles;

/** What reaches a terminal or a log. */
export const printable = (text: string): string =>
  text
    .split(ours)
    .map((part, index) => (index % 2 === 0 ? visible(part) : `\u001B[${part}m`))
    .join('');

/** One line of text with the command's own colours, which the sink prints. */
export const printableLine = (text: string): string =>
  text
    .split(ours)
    .map((part, index) => (index % 2 === 0 ? oneLine(part) : sequence(Number(part))))
    .join('');

/** Parameters of four digits, which no terminal knows and every reader of widths skips. */
const mark = Array.from({ length: 4 }, () => randomInt(1000, 10_000)).join(';');

const sequence = (code: number): string => `\u001B[${mark};${code}m`;

const ours = new RegExp(`\\u001B\\[${mark};(\\d+)m`);
