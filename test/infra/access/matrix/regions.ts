/** Secrets of the names that the catalog has, in a region where it has none: no policy of ours reaches them. */
import { declaredPrincipals, declaredSecrets } from '../../../../lib/access/index.ts';
import type { Catalog } from '../../../../lib/model/catalog.ts';
import type { ExampleStack } from '../../../_helpers/example-app.ts';
import { actionName, isAllowed } from './evaluator.ts';
import { worldOf } from './world.ts';

export const foreignRegion = 'eu-west-2';

/** Somebody made them, so no policy of theirs keeps anybody out. */
export const compareRegions = (catalog: Catalog, stacks: ReadonlyMap<string, ExampleStack>): string[] => {
  const world = worldOf(catalog, stacks);
  const planted = declaredSecrets(catalog).map((secret) => {
    const { account } = secret.environment;
    const arn = world.secret(secret).arn.replace(/^(arn:[^:]+:secretsmanager):[^:]+/, `$1:${foreignRegion}`);
    return { arn, account, tags: world.secret(secret).tags };
  });
  return declaredPrincipals(catalog).flatMap((principal) =>
    planted.flatMap(({ arn, account, tags }) => {
      const caller = { arn: principal.arn, account: principal.account, policies: world.compiledOf(principal) };
      const context = [
        { 'aws:principalarn': principal.arn, 'aws:multifactorauthpresent': 'true' },
        layerOf('aws:resourcetag/', tags),
        layerOf('aws:principaltag/', world.tagsOf(principal)),
      ];
      const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'];
      return actions
        .filter((action) => isAllowed(caller, actionName(action), { arn, account }, context))
        .map((action) => `${arn}: ${action} by ${principal.arn} is allowed, and the catalog says denied`);
    }),
  );
};

const layerOf = (prefix: string, tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key}`.toLowerCase(), value]));
