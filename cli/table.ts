/** Tables without lines: easy to read, to copy and to cut into columns. */
import Table from 'cli-table3';
import pico from 'picocolors';

import type { Host } from './host.ts';

const noLines = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Rows under a heading, each column as wide as its longest cell. */
export const table = ({ color }: Host, heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const { dim } = pico.createColors(color);
  const made = new Table({
    chars: { ...noLines, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: heading.map((title) => dim(title)),
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};
