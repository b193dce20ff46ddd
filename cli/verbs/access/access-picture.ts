/** The matrix as a picture: for each application who reads on the left, its secrets on the right, a line for each who may. */
import type { AccessRow, Kind } from '../../../lib/access/index.ts';
import { oneLine } from '../../terminal/visible.ts';

type Group = 'workload' | 'outside' | 'people' | 'platform';

/** What the colours distinguish; each box also names the kind. */
const groupOf: Readonly<Record<Kind, Group>> = {
  lambda: 'workload',
  ecs: 'workload',
  'ecs-execution': 'workload',
  ec2: 'workload',
  eks: 'workload',
  'eks-irsa': 'workload',
  'existing role': 'workload',
  github: 'outside',
  oidc: 'outside',
  'roles-anywhere': 'outside',
  'other account': 'outside',
  'permission set': 'people',
  people: 'people',
  platform: 'platform',
};

/** Names are in monospace, of which no common font is wider than this: so their boxes are as wide as they need. */
const nameWidth = 7.9;
const noteWidth = 6.7;
const size = { edge: 20, row: 28, box: 22, gap: 240, legend: 92, header: 30 };

const style = `
.ground{fill:#fff}.name{font:13px ui-monospace,monospace;fill:#0f172a}.note{font:11px ui-monospace,monospace;fill:#475569}
.words{font:13px system-ui,sans-serif;fill:#334155}.app{font:600 14px system-ui,sans-serif;fill:#0f172a}
.head{font:600 16px system-ui,sans-serif;fill:#fff}.env{fill:#334155}.env.prod{fill:#991b1b}
.box{fill:#f8fafc;stroke:#94a3b8}.high{fill:#fee2e2;stroke:#b91c1c}
.workload{stroke:#1d4ed8}.outside{stroke:#c2410c}.people{stroke:#a21caf}.platform{stroke:#047857}
.line{fill:none;stroke-width:1.6;stroke-opacity:.85}.more{stroke-width:3.4}.write{stroke-dasharray:8 4}.rotate{stroke-dasharray:2 4}
.line:hover{stroke-opacity:1;stroke-width:5}
@media (prefers-color-scheme:dark){.ground{fill:#0b1120}.name,.app{fill:#f1f5f9}.note,.words{fill:#cbd5e1}
.box{fill:#1e293b;stroke:#64748b}.high{fill:#4c0519;stroke:#fb7185}
.workload{stroke:#60a5fa}.outside{stroke:#fb923c}.people{stroke:#e879f9}.platform{stroke:#34d399}}
`;

/** The same rows give the same picture, byte by byte. */
export const accessPicture = (rows: readonly AccessRow[]): string => {
  const columns = columnsOf(rows);
  const parts: string[] = [];
  let top = size.legend;
  for (const environment of unique(rows.map((row) => row.environment))) {
    const own = rows.filter((row) => row.environment === environment);
    const drawn = drawEnvironment(environment, own, columns, top);
    parts.push(...drawn.parts);
    top = drawn.bottom + size.row;
  }
  const secrets = unique(rows.filter(({ application }) => application !== '*').map((row) => row.secret)).length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${columns.width} ${top}" width="${columns.width}" height="${top}" role="graphics-document" aria-labelledby="title what">`,
    '<title id="title">Who may do what with which secret</title>',
    `<desc id="what">${rows.length} lines to ${secrets} secrets, by environment and application. The same as words: strongroom access.</desc>`,
    `<style>${style}</style>`,
    '<rect class="ground" width="100%" height="100%"/>',
    ...legend(),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
};

interface Columns {
  readonly who: number;
  readonly secret: number;
  /** Left edge of the secrets. */
  readonly right: number;
  readonly width: number;
}

const columnsOf = (rows: readonly AccessRow[]): Columns => {
  const who = Math.max(250, ...rows.map((row) => widthOf(whoOf(row), row.kind)));
  const secret = Math.max(400, ...rows.map((row) => widthOf(secretOf(row), noteOf(row))));
  const right = size.edge + who + size.gap;
  return { who, secret, right, width: right + secret + size.edge };
};

const widthOf = (name: string, note: string): number =>
  Math.ceil(name.length * nameWidth + note.length * noteWidth + 34);

/** A band for each application, so that no line leaves it however many there are. */
const drawEnvironment = (environment: string, rows: readonly AccessRow[], columns: Columns, top: number) => {
  const guarded = /^prod(-|$)/.test(environment);
  const parts = [
    `<rect class="env${guarded ? ' prod' : ''}" x="0" y="${top}" width="100%" height="${size.header}"/>`,
    text(size.edge, top + 20, environment, 'head'),
  ];
  let bottom = top + size.header;
  for (const application of unique(rows.map((row) => row.application))) {
    const own = rows.filter((row) => row.application === application);
    parts.push(text(size.edge, bottom + 26, application === '*' ? 'the whole environment' : application, 'app'));
    const drawn = drawBand(own, columns, bottom + 38);
    parts.push(...drawn.parts);
    bottom = drawn.bottom;
  }
  return { parts, bottom };
};

const drawBand = (rows: readonly AccessRow[], { who, secret, right }: Columns, top: number) => {
  const readers = unique([...rows.filter(isConsumer), ...rows].map(whoOf));
  const secrets = unique(rows.map(secretOf));
  const from = size.edge + who;
  const middle = (from + right) / 2;
  const yOf = (index: number): number => top + index * size.row;
  const lines = rows.map((row) => {
    const start = yOf(readers.indexOf(whoOf(row))) + size.box / 2;
    const end = yOf(secrets.indexOf(secretOf(row))) + size.box / 2;
    return (
      `<path class="line ${groupOf[row.kind]}${strokeOf(row)}" d="M${from} ${start} C${middle} ${start} ${middle} ${end} ${right} ${end}">` +
      `<title>${escape(`${row.who} may ${row.may.join(', ')} ${row.secret}`)}</title></path>`
    );
  });
  const boxes = [
    ...readers.map((name, index) => {
      const kind = rows.find((row) => whoOf(row) === name)?.kind ?? 'platform';
      return box({ x: size.edge, y: yOf(index), width: who, name, note: kind, kind: groupOf[kind] });
    }),
    ...secrets.map((name, index) => {
      const row = rows.find((one) => secretOf(one) === name);
      const kind = row?.sensitivity === 'high' ? 'high' : '';
      return box({ x: right, y: yOf(index), width: secret, name, note: row ? noteOf(row) : '', kind });
    }),
  ];
  return { parts: [...lines, ...boxes], bottom: yOf(Math.max(readers.length, secrets.length)) };
};

const isConsumer = ({ who }: AccessRow): boolean => who.startsWith('consumer ');

/** The names of the roles distinguish functions and people. */
const whoOf = ({ who, role, environment }: AccessRow): string => {
  const name = role.slice(role.lastIndexOf('/') + 1).replace(`strongroom-${environment}-rotation-`, '');
  return who === 'rotation function' || who === 'operator' ? `${who} ${name}` : who.replace('consumer ', '');
};

/** Environment and application stand over the band. */
const secretOf = ({ secret, environment, application }: AccessRow): string =>
  application === '*' ? `every secret of ${environment}` : secret.replace(`${environment}/${application}/`, '');

const noteOf = ({ class: ofClass, sensitivity }: AccessRow): string =>
  [...(ofClass === '*' ? [] : [ofClass]), ...(sensitivity === 'high' ? ['high'] : [])].join(', ');

const strokeOf = ({ may }: AccessRow): string => {
  const reads = may.includes('read') || may.includes('log in');
  if (reads) return may.length > 1 ? ' more' : '';
  return may.includes('write') ? ' write' : ' rotate';
};

/** Above everything, so that it is seen however long the picture is. */
const legend = (): string[] => {
  const swatch = (x: number, y: number, kind: string, words: string): string =>
    `<path class="line ${kind}" d="M${x} ${y} h34"/>${text(x + 42, y + 4, words, 'words')}`;
  const [first, second] = [34, 62];
  return [
    ...(['workload', 'outside', 'people', 'platform'] as const).map((group, index) =>
      swatch(size.edge + index * 190, first, `${group} more`, wordsOf[group]),
    ),
    ...['', ' more', ' write', ' rotate'].map((stroke, index) =>
      swatch(
        size.edge + index * 190,
        second,
        `workload${stroke}`,
        ['reads', 'reads and changes', 'writes', 'rotates'][index] ?? '',
      ),
    ),
    `<rect class="high" x="${size.edge + 760}" y="${second - 9}" width="34" height="18" rx="4"/>`,
    text(size.edge + 802, second + 4, 'sensitivity high', 'words'),
  ];
};

const wordsOf: Readonly<Record<Group, string>> = {
  workload: 'runs on AWS',
  outside: 'comes from outside',
  people: 'people',
  platform: 'the platform',
};

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly name: string;
  readonly note: string;
  readonly kind: string;
}

const box = ({ x, y, width, name, note, kind }: Box): string =>
  `<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${size.box}" rx="4"/>` +
  text(x + 9, y + 15, name, 'name') +
  `<text x="${x + width - 9}" y="${y + 15}" class="note" text-anchor="end">${escape(note)}</text>`;

const text = (x: number, y: number, words: string, kind: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${escape(words)}</text>`;

const escape = (words: string): string =>
  oneLine(words).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const unique = (words: readonly string[]): string[] => [...new Set(words)];
