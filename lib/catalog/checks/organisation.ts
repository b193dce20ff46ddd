/** Checks organisation.yaml for what no single key shows: composed names, and classes whose window is too rare. */
import { defaultsOf } from '../entries/class-defaults.ts';
import { secretClasses } from '../../contract/index.ts';
import type { Report } from '../source/report.ts';
import { rotationRule } from '../entries/rotation-rule.ts';
import { scheduleFor, shortestEvery } from '../entries/schedule.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import type { Structure } from '../source/structure.ts';
import { didYouMean } from '../messages/suggest.ts';
import { checkDestinations } from './destinations.ts';
import { checkEnvironmentNames } from './names.ts';
import { checkNetworks, networkNames } from './network.ts';
import { checkPagerDuty } from './pagerduty.ts';

export const checkOrganisation = ({ remains, isBroken }: Structure<OrganisationSource>, report: Report): void => {
  const contactNames = Object.keys(remains.contacts ?? {});
  for (const [name, environment] of Object.entries(remains.environments ?? {})) {
    checkEnvironmentNames(name, contactNames, networkNames(environment ?? {}), report);
    checkNetworks(environment ?? {}, ['environments', name], report);
  }
  checkFunctionNames(remains, report);
  checkDestinations(remains, report);
  checkPagerDuty(remains, report);
  checkOwnContacts(remains, report);
  if (remains.contact !== undefined && !contactNames.includes(remains.contact) && !isBroken(['contacts'])) {
    const hint = didYouMean(remains.contact, contactNames, 'add it there');
    report(['contact'], 'unknown-contact', `must be one of contacts (got ${remains.contact}); ${hint}`);
  }
  for (const name of secretClasses) {
    const path = ['classes', name, 'rotation'];
    const own = remains.classes?.[name];
    if (own?.rotation === undefined || isBroken(path)) continue;
    if (typeof own.rotation === 'object' && own.rotation.grace !== undefined && name !== 'database') {
      const problem = `belongs to class database only (this is ${name}): nothing else is rotated by itself; leave it out`;
      report([...path, 'grace'], 'key-not-possible', problem, 'key');
    }
    const rule = rotationRule(undefined, defaultsOf(name, own));
    if (rule.kind !== 'automatic') {
      if (own.rotation === 'manual') continue;
      report(
        [...path, 'every'],
        'missing-key',
        `is missing: class ${name} has no interval by itself; write 4h to 1000d`,
      );
    } else if (rule.window !== undefined && scheduleFor(rule.everyHours, rule.window) === undefined) {
      const least = shortestEvery(rule.window);
      report(
        [...path, 'every'],
        'interval-not-possible',
        `must be at least ${least} for the window ${rule.windowText} (got ${rule.every}); write ${least} or longer, or window: any`,
      );
    }
  }
};

/** An environment gives another destination to a contact that there is: applications name no others. */
const checkOwnContacts = (
  { environments = {}, contacts }: Structure<OrganisationSource>['remains'],
  report: Report,
) => {
  const known = Object.keys(contacts ?? {});
  if (known.length === 0) return;
  for (const [environment, its] of Object.entries(environments)) {
    for (const contact of Object.keys(its?.contacts ?? {})) {
      if (known.includes(contact)) continue;
      const hint = didYouMean(contact, known, 'add it to contacts of the organisation');
      report(
        ['environments', environment, 'contacts', contact],
        'unknown-contact',
        `must be one of contacts (got ${contact}); ${hint}`,
        'key',
      );
    }
  }
};

/** Operators may invoke `strongroom-<environment>-rotation-*`, which must name the functions of no other environment. */
const checkFunctionNames = ({ environments = {} }: Structure<OrganisationSource>['remains'], report: Report): void => {
  const all = Object.entries(environments);
  for (const [name, environment] of all) {
    const other = all.find(
      ([one, its]) => `${name}-`.startsWith(`${one}-rotation-`) && its?.account === environment?.account,
    );
    if (other === undefined) continue;
    report(
      ['environments', name],
      'names-overlap',
      `makes functions whose names begin as the rotation functions of environment ${other[0]} do, in the same account; choose another name`,
      'key',
    );
  }
};
