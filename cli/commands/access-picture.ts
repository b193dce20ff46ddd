/** The matrix as a picture: who stands on the left, secrets on the right, a line for each who may. */
import type { AccessRow } from '../../lib/access/index.ts';

const size = { width: 1080, left: 340, right: 700, row: 26, band: 34, box: 300 };
const colors = ['#1d4ed8', '#b45309', '#047857', '#be185d', '#6d28d9', '#0e7490', '#a16207', '#4d7c0f'];

/** The same rows give the same picture, byte by byte. */
export const accessPicture = (rows: readonly AccessRow[]): string => {
  const parts: string[] = [];
  let top = 20;
  for (const environment of unique(rows.map((row) => row.environment))) {
    const drawn = drawEnvironment(
      environment,
      rows.filter((row) => row.environment === environment),
      top,
    );
    parts.push(...drawn.parts);
    top = drawn.bottom + 30;
  }
  const legend = [
    ['read, and more where it says so', ''],
    ['write', '7 4'],
    ['rotate', '2 4'],
  ].map(
    ([words = '', dashes = ''], index) =>
      `<path d="M${20 + index * 270} ${top} h34" stroke="#334155" fill="none" stroke-width="1.6" stroke-dasharray="${dashes}"/>` +
      text(62 + index * 270, top + 4, words, 'note'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${top + 20}" width="${size.width}" height="${top + 20}" role="img">`,
    '<title>Who may do what with which secret</title>',
    `<style>text{font:13px system-ui,sans-serif;fill:#0f172a}.head{font-size:19px;font-weight:600}.app{font-size:12px;font-weight:600;fill:#475569}.note{font-size:12px;fill:#475569}</style>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    ...legend,
    '</svg>',
    '',
  ].join('\n');
};

/** A band for each application, its consumers beside its secrets; the platform and people come last. */
const drawEnvironment = (environment: string, rows: readonly AccessRow[], top: number) => {
  const parts = [text(20, top + 14, environment, 'head')];
  const left = new Map<string, number>();
  const right = new Map<string, number>();
  let y = top + 34;
  const place = (column: Map<string, number>, ids: readonly string[]): void => {
    ids.filter((id) => !column.has(id)).forEach((id, index) => column.set(id, y + index * size.row));
  };
  for (const application of unique(rows.map((row) => row.application))) {
    const own = rows.filter((row) => row.application === application);
    const who = unique(own.filter(isConsumer).map(whoOf)).concat(
      application === '*' ? unique(rows.filter((row) => !isConsumer(row)).map(whoOf)) : [],
    );
    const secrets = unique(own.map((row) => row.secret));
    parts.push(text(20, y, titleOf(application), 'app'));
    y += 20;
    place(left, who);
    place(right, secrets);
    y += Math.max(who.length, secrets.length) * size.row + size.band - 20;
  }
  const color = colorsOf(rows);
  const lines = rows.map((row) => {
    const [from, to] = [left.get(whoOf(row)) ?? y, right.get(row.secret) ?? y];
    const middle = (size.left + size.right) / 2;
    const dashes =
      row.may.includes('read') || row.may.includes('log in') ? '' : row.may.includes('write') ? '7 4' : '2 4';
    return (
      `<path d="M${size.left} ${from + 9} C${middle} ${from + 9} ${middle} ${to + 9} ${size.right} ${to + 9}" fill="none" ` +
      `stroke="${color(whoOf(row))}" stroke-width="1.6" stroke-opacity="0.75" stroke-dasharray="${dashes}">` +
      `<title>${escape(`${row.who} may ${row.may.join(', ')} ${row.secret}`)}</title></path>`
    );
  });
  const boxes = [
    ...[...left].map(([id, at]) => box(size.left - size.box, at, id, color(id))),
    ...[...right].map(([id, at]) =>
      box(size.right, at, id.endsWith('/*') ? `every secret of ${environment}` : id, '#94a3b8'),
    ),
  ];
  return { parts: [...parts, ...lines, ...boxes], bottom: y };
};

const isConsumer = ({ who }: AccessRow): boolean => who.startsWith('consumer ');

/** A consumer belongs to its application; what tells functions and people apart is in the names of their roles. */
const whoOf = (row: AccessRow): string => {
  if (isConsumer(row)) return `${row.application} ${row.who.replace('consumer ', '')}`;
  const name = row.role.slice(row.role.lastIndexOf('/') + 1).replace(`strongroom-${row.environment}-`, '');
  return row.who === 'rotation function' || row.who === 'operator'
    ? `${row.who} ${name.replace(/^rotation-/, '')}`
    : row.who;
};

const titleOf = (application: string): string => (application === '*' ? 'the platform and people' : application);

const colorsOf = (rows: readonly AccessRow[]) => {
  const ids = unique(rows.map(whoOf));
  return (id: string): string => colors[ids.indexOf(id) % colors.length] ?? '#334155';
};

const box = (x: number, y: number, words: string, color: string): string =>
  `<rect x="${x}" y="${y}" width="${size.box}" height="19" rx="4" fill="#f8fafc" stroke="${color}"/>` +
  text(x + 8, y + 14, shorten(words), '');

const shorten = (words: string): string => (words.length > 44 ? `${words.slice(0, 43)}…` : words);

const text = (x: number, y: number, words: string, kind: string): string =>
  `<text x="${x}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${escape(words)}</text>`;

const escape = (words: string): string =>
  words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const unique = (words: readonly string[]): string[] => [...new Set(words)];
