/** Checks the head of a catalog file against organisation.yaml and the other files. */
import { platformApplication } from '../../contract/index.ts';
import type { Report } from '../source/report.ts';
import type { ApplicationSource } from '../schema/application.ts';
import { isMapping } from '../source/value-at.ts';
import type { Remains, Structure } from '../source/structure.ts';
import { didYouMean } from '../messages/suggest.ts';

export interface ApplicationFacts {
  readonly structure: Structure<ApplicationSource>;
  /** Name of the file without its ending. */
  readonly fileName: string;
  /** Path of an earlier file with the same `application`. */
  readonly duplicateOf: string | undefined;
  /** Environments and contacts of organisation.yaml; absent if it does not name them. */
  readonly environmentNames?: readonly string[];
  readonly contactNames?: readonly string[];
  readonly report: Report;
}

/** Stacks of the platform have these names where an application's stack has its own. */
const reserved: ReadonlySet<string> = new Set([platformApplication, 'foundation', 'rotation', 'audit']);

export const checkApplication = (facts: ApplicationFacts): void => {
  checkName(facts);
  const { contactNames, structure, report } = facts;
  const { contact } = structure.remains;
  if (contact !== undefined && contactNames && !contactNames.includes(contact)) {
    const hint = didYouMean(contact, contactNames, 'add it there');
    report(['contact'], 'unknown-contact', `must be a contact of organisation.yaml (got ${contact}); ${hint}`);
  }
  checkEnvironments(facts);
  checkContent(facts);
};

/** Readers of what others have are enough. */
const checkContent = ({ structure: { remains, isBroken }, report }: ApplicationFacts): void => {
  const parts = [remains, ...Object.values(isMapping(remains.overrides) ? remains.overrides : {})];
  const isEmpty = parts.every((part) =>
    [part?.secrets, part?.uses].every((one) => Object.keys(one ?? {}).length === 0),
  );
  if (!isEmpty || isBroken(['secrets']) || isBroken(['uses']) || isBroken(['overrides'])) return;
  report(
    ['secrets'],
    'nothing-declared',
    'must have an entry, because there are no uses; write NAME: ... for each secret',
  );
};

/** The environments that an application is in, of those that there are. */
export const selectedEnvironments = <Name extends string>(
  application: Remains<ApplicationSource>,
  all: readonly Name[],
): readonly Name[] => {
  const { environments } = application;
  return environments === undefined ? all : all.filter((name) => environments.includes(name));
};

const checkName = ({ structure, fileName, duplicateOf, report }: ApplicationFacts): void => {
  const { application } = structure.remains;
  if (application === undefined) return;
  if (reserved.has(application)) {
    report(
      ['application'],
      'name-reserved',
      `must not be a name that the platform uses (got ${application}); choose another`,
    );
  } else if (duplicateOf !== undefined) {
    report(
      ['application'],
      'name-taken',
      `is taken by ${duplicateOf} (got ${application}); choose another, or write both in one file`,
    );
  } else if (application !== fileName) {
    const problem = `must be the name of its file (got ${application}, in ${fileName}.yaml)`;
    report(
      ['application'],
      'wrong-file-name',
      `${problem}; write ${fileName}, or rename the file to ${application}.yaml`,
    );
  }
};

const checkEnvironments = ({ structure, environmentNames, report }: ApplicationFacts): void => {
  if (environmentNames === undefined) return;
  const { remains } = structure;
  for (const [index, name] of (remains.environments ?? []).entries()) {
    if (name === undefined) continue;
    if (!environmentNames.includes(name)) {
      const hint = didYouMean(name, environmentNames, 'add it there');
      report(
        ['environments', index],
        'unknown-environment',
        `must be an environment of organisation.yaml (got ${name}); ${hint}`,
      );
    }
  }
  const selected = selectedEnvironments(remains, environmentNames);
  for (const name of isMapping(remains.overrides) ? Object.keys(remains.overrides) : []) {
    if (selected.includes(name)) continue;
    const whose = environmentNames.includes(name)
      ? 'the environments of this file'
      : 'the environments of organisation.yaml';
    const hint = didYouMean(name, selected, 'leave it out');
    report(['overrides', name], 'unknown-environment', `must be one of ${whose} (got ${name}); ${hint}`, 'key');
  }
};
