/** The catalog that init writes: one application with one generated secret. */
import { stringify } from 'yaml';

import { roleArnIn } from '../../../lib/model/index.ts';
import type { InitFacts, InitialEnvironment } from './init-files.ts';

export const organisationYaml = ({
  organisation,
  environments,
  email,
}: InitFacts): string => `# yaml-language-server: $schema=../node_modules/strongroom/schema/organisation.schema.json
organisation: ${organisation}

environments:
${environments.map(environmentYaml).join('')}
contacts:
  oncall: { email: ${email} }

# Who is told if the platform itself fails.
contact: oncall

# Audit events go to CloudTrail only. For a SIEM: node_modules/strongroom/docs/audit.md
siem: none
`;

const environmentYaml = (environment: InitialEnvironment): string => `  ${environment.name}:
    account: '${environment.account}'
    region: ${environment.region}
    # Two roles of the account. They must exist: strongroom validate --iam ${environment.name} checks them.
    breakGlass: [${roleArnIn(environment, 'incident-commander')}]
    operators: [${roleArnIn(environment, 'secret-operator')}]
`;

export const applicationYaml = ({
  application,
  owner,
}: InitFacts): string => `# yaml-language-server: $schema=../node_modules/strongroom/schema/application.schema.json
application: ${application}
owner: ${stringify(owner).trim()}
contact: oncall

consumers:
  # Strongroom creates the role of the function. Other kinds: node_modules/strongroom/docs/consumers.md
  api: { runsOn: lambda }

secrets:
  session-key:
    class: encryption-key
    description: Encrypts the session cookie
    readers: [api]

  # A database user with rotation. Every key: node_modules/strongroom/docs/catalog.md
  # orders-db:
  #   class: database
  #   engine: postgres
  #   host: { rds: orders }
  #   dbname: orders
  #   username: ${application.replaceAll('-', '_')}_app
  #   readers: [api]
  #   rotation:
  #     admin: { managedBy: rds }
  #     provision: { grants: { public: read-write } }
`;
