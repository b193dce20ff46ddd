/** Checks the names of destinations of audit events, once they are composed with those of environments. */
import { auditDeliverName, defaultDestination } from '../../contract/index.ts';
import type { Path } from '../messages/show-value.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import type { Report } from '../source/report.ts';
import type { Remains } from '../source/structure.ts';
import { checkFunctionName } from './names.ts';

type Source = Remains<OrganisationSource>;

/** Each destination that has a name, with its path below `siem`. */
export const destinationNames = (siem: Source['siem']): { readonly name: string; readonly path: Path }[] => {
  if (siem === undefined || siem === 'none') return [];
  if (!Array.isArray(siem)) return [{ name: defaultDestination, path: [] }];
  return siem.flatMap((one, index) => (one?.name === undefined ? [] : [{ name: one.name, path: [index, 'name'] }]));
};

export const checkDestinations = ({ environments = {}, siem }: Source, report: Report): void => {
  const all = Object.entries(environments);
  for (const [environment, its] of all) {
    const own = its?.siem;
    for (const { name, path: below } of destinationNames(own ?? siem)) {
      const path = own === undefined ? ['siem', ...below] : ['environments', environment, 'siem', ...below];
      const deliver = auditDeliverName(environment, name);
      checkFunctionName(deliver, path, report);
      const other = all.find(
        ([one, { account } = {}]) =>
          one !== environment &&
          deliver.startsWith(`strongroom-${one}-`) &&
          one.length > environment.length &&
          account === its?.account,
      );
      if (other === undefined) continue;
      report(
        path,
        'names-overlap',
        `makes a function in ${environment} whose name begins as those of environment ${other[0]} do, in the same account ` +
          `(got ${name}); choose another name`,
      );
    }
  }
};
