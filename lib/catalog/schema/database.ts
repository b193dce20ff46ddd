/** The schema of what a secret of class `database` says about its server and its user. */
import { z } from 'zod';

import { databaseEngines, elastiCacheUserId, enginesWithIamLogin } from '../../contract/index.ts';
import { expecting, inWords, oneOf, oneOfThese, text } from '../words/expectation.ts';
import { databaseName, list, port } from '../words/scalars.ts';

const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const dottedName = String.raw`${label}(\.${label})*`;

const dnsName = (): z.ZodString =>
  z
    .string()
    .regex(new RegExp(`^${dottedName}$`))
    .max(253);

const hostName = expecting(dnsName(), { must: 'be a host name', write: 'a name such as orders.example.com' });

const rdsIdentifier = (what: string): z.ZodString =>
  expecting(
    z
      .string()
      .regex(/^[a-z](-?[a-z0-9])*$/)
      .max(63),
    {
      must: `be the identifier of an RDS ${what}, in lower case as RDS keeps it`,
      write: 'an identifier such as orders',
    },
  );

const onRds = expecting(
  z
    .strictObject({
      rds: rdsIdentifier('instance').optional().describe('Identifier of an RDS instance; RDS reports host and port.'),
      rdsCluster: rdsIdentifier('cluster')
        .optional()
        .describe('Identifier of an Aurora or DocumentDB cluster; RDS reports host and port.'),
    })
    .refine(({ rds, rdsCluster }) => (rds === undefined) !== (rdsCluster === undefined), {
      error: 'must have either rds or rdsCluster',
    }),
  { must: 'be a mapping of rds or rdsCluster', write: '{ rds: IDENTIFIER } or { rdsCluster: IDENTIFIER }' },
).meta({ oneOf: [{ required: ['rds'] }, { required: ['rdsCluster'] }] });

export const host = expecting(z.union([hostName, onRds]), {
  must: 'be a host name, { rds: IDENTIFIER } or { rdsCluster: IDENTIFIER }',
  write: '{ rds: orders }, or a name such as orders.example.com',
});

const tls = expecting(
  z.union([
    z.literal('disable'),
    z.strictObject({
      serverName: hostName.describe('The name in the server’s certificate, if `host` is an alias.'),
    }),
  ]),
  { must: 'be disable or { serverName: NAME }', write: '{ serverName: orders.example.com }, or leave it out' },
);

const replica = expecting(
  z
    .string()
    .regex(new RegExp(`^${dottedName}(:[1-9][0-9]{0,4})?$`))
    .max(255),
  {
    must: 'be a host name, with a port after a colon where it is another',
    write: 'a name such as replica-1.example.com or replica-1.example.com:5433',
  },
);

const engine = expecting(z.enum(databaseEngines), {
  must: `be ${inWords(databaseEngines, 'or')}`,
  write: oneOfThese,
  whyNot: {
    redshift:
      'no rotation of Strongroom changes users of Amazon Redshift, and AWS has a function that does; write class: ' +
      'generic, value: generated, generate: { template: { engine: redshift, host: HOST, port: 5439, dbname: NAME, ' +
      'username: USER }, key: password } and rotation: { function: ARN, role: ARN, every: 30d }, and none of the keys ' +
      'of a database next to them (docs/catalog.md, “Amazon Redshift”)',
  },
});

const username = text(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/, {
  must: 'be 1 to 128 letters, digits and _ . - that start with a letter or _',
  write: 'a name such as payments_app',
}).describe('The user that logs in.');

const userId = text(elastiCacheUserId, {
  must: 'be the id of an ElastiCache user, in lower case as ElastiCache keeps it',
  write: 'an id such as payments-app',
}).describe('ElastiCache’s id of the user, if it is not the user name.');

const resourceId = text(/^((db|cluster)-[A-Z0-9]{8,64}|prx-[0-9a-z]{8,64})$/, {
  must: 'be the resource id of an RDS instance, cluster or proxy',
  write: 'the DbiResourceId (db-…), DbClusterResourceId (cluster-…) or id of the proxy (prx-…) that RDS shows',
}).describe('Resource id of the instance, cluster or proxy at `host`.');

const shared = {
  port: port.optional().describe('TCP port of a host name. Default: the port of the engine.'),
  username,
};

/** Of a database with a password. */
export const passwordKeys = {
  engine: engine.describe('Database engine.'),
  host: host.describe('Where applications connect: the writer of the database, unless `rotation.host` names it.'),
  ...shared,
  dbname: databaseName.optional().describe('Database to log in to, if the engine has databases.'),
  userId: userId.optional(),
  tls: tls
    .optional()
    .describe('`{ serverName: … }` behind an alias. `disable`: no TLS, which needs an exception. Default: verified.'),
  readReplicas: list(replica, 1)
    .optional()
    .describe('Replicas of a host name: a rotation waits until each has the new password. RDS reports its own.'),
};

/** Of a database with `access: iam`. */
export const iamKeys = {
  access: oneOf(['iam']).describe(
    '`iam`: readers log in with tokens of IAM, and there is no secret. Default: with a password.',
  ),
  engine: expecting(z.enum(enginesWithIamLogin), {
    must: `be ${inWords(enginesWithIamLogin, 'or')} with access: iam, because RDS takes tokens of IAM for no other engine`,
    write: 'one of these, or leave access out',
  }).describe('Database engine that takes tokens of IAM.'),
  host: expecting(dnsName(), {
    must: 'be a name with access: iam, because the token is made for it',
    write: 'the endpoint that RDS shows, such as orders.c1a2b3.eu-west-1.rds.amazonaws.com',
  }).describe('The endpoint that readers connect to.'),
  ...shared,
  dbname: databaseName.describe('Database to log in to.'),
  resourceId,
};

/** `orders.example.com`, of `orders.example.com:5433` too. */
export const hostOf = (replicaText: string): string => replicaText.replace(/:\d+$/, '');
