/** Tables without lines: easy to read, to copy and to cut into columns. */
import stringWidth from 'string-width';

import type { Host } from './host.ts';
import { printableLine, stylesOf } from './styles.ts';

type Row = readonly string[];

const gap = '  ';

/**
 * Rows under a heading, each column as wide as its longest cell. If the terminal is narrower, cells are broken between
 * words; if that is not enough, each row becomes a block of lines. No word is ever cut.
 */
export const table = (host: Host, heading: Row, given: readonly Row[]): string => {
  const rows = given.map((cells) => cells.map(printableLine));
  const widths = widthsWithin(host.columns ?? Infinity, [heading, ...rows]);
  return widths ? inColumns(host, heading, rows, widths) : inBlocks(host, heading, rows);
};

/** Takes from the widest column what is too much, down to its longest word. @returns undefined if that does not fit */
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
const longest = (words: readonly string[]): number => words.reduce((most, word) => Math.max(most, widthOf(word)), 1);

/** Columns on a terminal. Nearly every cell is ASCII, for which the library would take most of a command's time. */
const widthOf = (text: string): number => (/^[ -~]*$/.test(text) ? text.length : stringWidth(text));

const inColumns = ({ color }: Host, heading: Row, rows: readonly Row[], widths: readonly number[]): string => {
  const { dim } = stylesOf({ color });
  const lines = (cells: Row): string[] => {
    const wrapped = widths.map((width, column) => wrap(cells[column] ?? '', width));
    const height = Math.max(...wrapped.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((width, column) => padded(wrapped[column]?.[line] ?? '', width))
        .join(gap)
        .trimEnd(),
    );
  };
  const [first = ''] = lines(heading);
  return [first.replace(/\S+( \S+)*/g, (title) => dim(title)), ...rows.flatMap(lines)].join('\n');
};

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Breaks between words; the width is never less than the longest word. */
const wrap = (cell: string, width: number): string[] => {
  if (widthOf(cell) <= width) return [cell];
  const lines: string[] = [];
  for (const word of cell.split(' ')) {
    const joined = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
};

/** The first cell is the heading of its block, and of those after it that begin with the same. */
const inBlocks = ({ color }: Host, [, ...titles]: Row, rows: readonly Row[]): string => {
  const { dim } = stylesOf({ color });
  const width = longest(titles);
  return rows
    .map(([first = '', ...cells], index) => {
      const lines = titles.map((title, at) => `${gap}${dim(title.padEnd(width))}${gap}${cells[at] ?? ''}`.trimEnd());
      return [...(rows[index - 1]?.[0] === first ? [] : [first]), ...lines].join('\n');
    })
    .join('\n\n');
};
