/** The commands that tag adopted secrets: no deployment does, and rotation and the operators' policy go by tags. */
import { type AccessFilter } from '../../../lib/access/index.ts';
import { adoptedTags, type Catalog, type SecretTags } from '../../../lib/model/index.ts';

export interface TagsToSet {
  /** Name in Secrets Manager. */
  readonly secret: string;
  readonly environment: string;
  readonly application: string;
  readonly arn: string;
  readonly tags: SecretTags;
  /** A line of a shell. */
  readonly command: string;
}

/** In the order of the catalog. */
export const tagsToSet = ({ environments }: Catalog, only: AccessFilter): TagsToSet[] =>
  environments
    .filter(({ name }) => (only.environment ?? name) === name)
    .flatMap(({ name: environment, region, applications }) =>
      applications
        .filter(({ name }) => (only.application ?? name) === name)
        .flatMap((application) =>
          application.secrets.flatMap((secret): TagsToSet[] => {
            const tags = adoptedTags(environment, application, secret);
            if (!tags || !secret.adopted) return [];
            const { arn } = secret.adopted;
            const command = commandOf(region, arn, tags);
            return [{ secret: secret.fullName, environment, application: application.name, arn, tags, command }];
          }),
        ),
    );

/** Of a POSIX shell: a tag may have no quote in its value, so nothing between the quotes means anything. */
const commandOf = (region: string, arn: string, tags: SecretTags): string => {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return `aws secretsmanager tag-resource --region ${region} --secret-id ${arn} --tags '${JSON.stringify(list)}'`;
};
