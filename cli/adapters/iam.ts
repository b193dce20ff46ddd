/** IAM behind `validate --iam`: the SDK's client, with the caller's credentials. */
import { GetOpenIDConnectProviderCommand, GetPolicyCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';

import type { IamKind } from '../../lib/catalog/named-in-iam.ts';
import type { Iam } from '../operators/look-up.ts';
import { orMissing } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

export const connectIam = (region: string): Iam => {
  const operator = connectAws(region);
  const client = new IAMClient({ ...clientOptions, region });
  return {
    whoAmI: () => operator.whoAmI(),
    find: (kind, arn) => finders[kind](client, arn),
    close: () => {
      operator.close();
      client.destroy();
    },
  };
};

/** Roles are found by name: a name is unique in an account, whatever its path. */
const finders: Readonly<Record<IamKind, (client: IAMClient, arn: string) => Promise<string | undefined>>> = {
  role: async (client, arn) =>
    (await orMissing(`look for ${arn} (iam:GetRole)`, () => client.send(new GetRoleCommand({ RoleName: nameIn(arn) }))))
      ?.Role?.Arn,
  'managed policy': async (client, arn) =>
    (await orMissing(`look for ${arn} (iam:GetPolicy)`, () => client.send(new GetPolicyCommand({ PolicyArn: arn }))))
      ?.Policy?.Arn,
  'identity provider': async (client, arn) => {
    const found = await orMissing(`look for ${arn} (iam:GetOpenIDConnectProvider)`, () =>
      client.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
    );
    return found && arn;
  },
};

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
