/** `strongroom access` with its rows laid out by cli-table3, which the command used before: catalog folder as the argument. */
import Table from 'cli-table3';
import { accessRows } from '../../lib/access/index.ts';
import { loadCatalog } from '../../lib/catalog/index.ts';

const [folder = 'catalog'] = process.argv.slice(2);
const table = new Table({
  head: ['SECRET', 'CLASS', 'WHO', 'MAY', 'ROLE', 'THROUGH'],
  style: { head: [], border: [] },
});
table.push(
  ...accessRows(loadCatalog(folder)).map(({ secret, class: ofClass, who, may, role, through }) => [
    secret,
    ofClass,
    who,
    may.join(', '),
    role,
    through,
  ]),
);
process.stdout.write(`${table.toString()}\n`);
