/** Checks that what consumers read fits into policies and tags: of a whole catalog, since it needs every default. */
import { isReadByTags, limitsOf, readingOf } from '../../reader-policies/reading.ts';
import { formatReaders } from '../../contract/index.ts';
import type { Application, Catalog, Consumer, EnvironmentCatalog } from '../../model/catalog.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { reporter, type Report } from '../source/report.ts';
import { secretsReadBy } from '../../model/secrets-read-by.ts';
import type { YamlFile } from '../source/yaml-file.ts';

export const checkPolicySizes = ({ environments }: Catalog, yaml: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  for (const environment of environments) {
    const report = reporter(yaml, problems, environment.name);
    for (const application of environment.applications) {
      if (application.file === yaml.path) checkApplication(environment, application, report);
    }
  }
  return problems;
};

const checkApplication = (environment: EnvironmentCatalog, application: Application, report: Report): void => {
  const byTags = new Set<string>();
  for (const consumer of application.consumers) {
    const reading = readingOf(environment, application, consumer);
    if (reading === 'by tags') byTags.add(consumer.name);
    if (reading === 'too much') {
      report(['consumers', consumer.name], 'reads-too-much', tooMuch(environment, application, consumer), 'key');
    }
  }
  for (const secret of application.secrets) {
    if (!isReadByTags(environment, application, secret)) continue;
    const { name, readers } = secret;
    const tag = formatReaders(readers.filter((reader) => byTags.has(reader)));
    if (tag.length <= longestTag) continue;
    report(
      ['secrets', name, 'readers'],
      'too-long',
      `have names of ${tag.length} characters in the tag by which they read it, and a tag has ${longestTag}; ` +
        'write fewer readers, or shorter names',
    );
  }
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html */
const longestTag = 256;

const tooMuch = ({ name }: EnvironmentCatalog, application: Application, consumer: Consumer): string => {
  const { policies, size } = limitsOf(consumer);
  const count = secretsReadBy(application, consumer.name).length;
  const hold = policies === 1 ? 'its policy holds' : `its ${policies} policies hold`;
  return (
    `reads ${count} secrets in ${name}, more ARNs than ${hold} of ${size.toLocaleString('en')} characters; ` +
    ('roleName' in consumer
      ? `write byTag: auto in fences of environments.${name} of organisation.yaml, or split it in two`
      : 'let Strongroom make its role with runsOn, which reads by tags, or split it in two')
  );
};
