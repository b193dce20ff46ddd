/** What a rotation function may do with users that AWS keeps: those of its secrets, each named exactly. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DatabaseTarget } from '../../model/catalog.ts';
import { type DatabaseEngine, engineFacts } from '../../contract/index.ts';
import { PolicyPages } from '../policy-pages.ts';

export class UserAccess extends Construct {
  readonly #known = new Set<string>();
  readonly #pages: PolicyPages<PolicyStatement>;

  constructor(scope: Construct, id: string, engine: DatabaseEngine, role: IRole) {
    super(scope, id);
    this.#pages = new PolicyPages((page) => {
      const { service = '', actions = [] } = engineFacts[engine].userApi ?? {};
      const statement = new PolicyStatement({ actions: actions.map((action) => `${service}:${action}`) });
      new ManagedPolicy(this, page, {
        description: `Changes the passwords of users of ${engine}`,
        roles: [role],
        statements: [statement],
      });
      return statement;
    });
  }

  /** Sets the passwords of the user of a secret; nothing to do where users are the server's own. */
  allow({ engine, username, userId = username }: DatabaseTarget): void {
    const arn = userArn(this, engine, userId);
    if (arn === undefined || this.#known.has(arn)) return;
    this.#known.add(arn);
    this.#pages.pageFor(1).addResources(arn);
  }
}

const userArn = (scope: Construct, engine: DatabaseEngine, user: string): string | undefined => {
  const { userApi } = engineFacts[engine];
  return (
    userApi &&
    Stack.of(scope).formatArn({
      service: userApi.service,
      resource: 'user',
      resourceName: user,
      arnFormat: userApi.separator === ':' ? ArnFormat.COLON_RESOURCE_NAME : ArnFormat.SLASH_RESOURCE_NAME,
    })
  );
};
