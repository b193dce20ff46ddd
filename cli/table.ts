/** Tables without lines: easy to read, to copy and to cut into columns. */
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import pico from 'picocolors';

import type { Host } from './host.ts';

type Row = readonly string[];

const noLines = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);
const gap = '  ';

/**
 * Rows under a heading, each column as wide as its longest cell. Where the terminal is narrower, cells are broken between
 * words; where that is not enough, each row becomes a block of lines. No word is ever cut.
 */
export const table = (host: Host, heading: Row, rows: readonly Row[]): string => {
  const widths = widthsWithin(host.columns ?? Infinity, [heading, ...rows]);
  return widths ? inColumns(host, heading, rows, widths) : inBlocks(host, heading, rows);
};

/** Takes from the widest column what is too much, down to its longest word. @returns undefined where that does not fit */
const widthsWithin = (columns: number, rows: readonly Row[]): number[] | undefined => {
  const cells = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? ''));
  const widths = cells.map((column) => longest(column));
  const least = cells.map((column) => longest(column.flatMap((cell) => cell.split(' '))));
  let excess = widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - columns;
  while (excess > 0) {
    const slack = widths.map((width, index) => width - (least[index] ?? width));
    const most = slack.indexOf(Math.max(...slack));
    if ((slack[most] ?? 0) <= 0) return undefined;
    widths[most] = (widths[most] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
};

/** By a loop: a large organisation has more rows than a call takes arguments. */
const longest = (words: readonly string[]): number =>
  words.reduce((most, word) => Math.max(most, stripVTControlCharacters(word).length), 1);

const inColumns = ({ color }: Host, heading: Row, rows: readonly Row[], colWidths: number[]): string => {
  const { dim } = pico.createColors(color);
  const made = new Table({
    chars: { ...noLines, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: heading.map((title) => dim(title)),
    colWidths,
    wordWrap: true,
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** The first cell is the heading of its block, and of those after it that begin with the same. */
const inBlocks = ({ color }: Host, [, ...titles]: Row, rows: readonly Row[]): string => {
  const { dim } = pico.createColors(color);
  const width = longest(titles);
  return rows
    .map(([first = '', ...cells], index) => {
      const lines = titles.map((title, at) => `${gap}${dim(title.padEnd(width))}${gap}${cells[at] ?? ''}`.trimEnd());
      return [...(rows[index - 1]?.[0] === first ? [] : [first]), ...lines].join('\n');
    })
    .join('\n\n');
};
