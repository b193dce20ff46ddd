/** The schema of what a secret of class `database` says about its server and its user. */
import { z } from 'zod';

import { databaseEngines } from '../../contract/index.ts';
import { expecting, inWords, oneOf, oneOfThese, text } from './expectation.ts';
import { databaseName, list } from './scalars.ts';

const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?';
const dottedName = String.raw`${label}(\.${label})*`;

const hostName = expecting(
  z
    .string()
    .regex(new RegExp(`^${dottedName}$`))
    .max(253),
  { must: 'be a host name', write: 'a name such as orders.example.com' },
);

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
      rds: rdsIdentifier('instance').optional().describe('Identifier of an RDS instance; RDS tells host and port.'),
      rdsCluster: rdsIdentifier('cluster')
        .optional()
        .describe('Identifier of an Aurora or DocumentDB cluster; RDS tells host and port.'),
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
      serverName: hostName.describe('The name in the server’s certificate, where `host` is an alias.'),
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

export const port = expecting(z.int().min(1).max(65535), { must: 'be a TCP port', write: 'a number from 1 to 65535' });

const engine = expecting(z.enum(databaseEngines), {
  must: `be ${inWords(databaseEngines, 'or')}`,
  write: oneOfThese,
  whyNot: {
    redshift:
      'no rotation of Strongroom changes users of Amazon Redshift, and AWS has a function that does; write class: ' +
      'generic, value: generated, generate: { template: { engine: redshift, host: HOST, port: 5439, dbname: NAME, ' +
      'username: USER }, key: password } and rotation: { function: ARN, role: ARN, every: 30d }, and none of the keys ' +
      'of a database beside them (docs/catalog.md, “Amazon Redshift”)',
  },
});

/** Each key with the words for class `database`; none of them is for another class. */
export const databaseKeys = {
  engine: engine.optional().describe('Database engine. Class `database` only, as all keys below.'),
  host: host
    .optional()
    .describe('Where applications connect: the database’s writer, unless `rotation.host` names that.'),
  port: port
    .optional()
    .describe('TCP port of a host name; left out, that of the engine. RDS tells that of `{ rds: … }`.'),
  dbname: databaseName.optional().describe('Database to log in to, where the engine has databases.'),
  username: text(/^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/, {
    must: 'be 1 to 128 letters, digits and _ . - that start with a letter or _',
    write: 'a name such as payments_app',
  })
    .optional()
    .describe('User whose password this is.'),
  userId: text(/^[a-z]([a-z0-9]|-(?=[a-z0-9])){0,39}$/, {
    must: 'be the id of an ElastiCache user, in lower case as ElastiCache keeps it',
    write: 'an id such as payments-app',
  })
    .optional()
    .describe('ElastiCache’s id of the user, where it is not the user name.'),
  tls: tls
    .optional()
    .describe('`{ serverName: … }` behind an alias. `disable`: no TLS, which needs an exception. Left out: verified.'),
  access: oneOf(['iam'])
    .optional()
    .describe('`iam`: readers log in with tokens of IAM, and there is no secret. Left out: with a password.'),
  resourceId: text(/^((db|cluster)-[A-Z0-9]{8,64}|prx-[0-9a-z]{8,64})$/, {
    must: 'be the resource id of an RDS instance, cluster or proxy',
    write: 'the DbiResourceId (db-ABCDEFGHIJKL01234), DbClusterResourceId (cluster-…) or id of the proxy (prx-…)',
  })
    .optional()
    .describe('Resource id of the instance, cluster or proxy at `host`. `access: iam` only.'),
  readReplicas: list(replica, 1)
    .optional()
    .describe('Replicas of a host name: a rotation waits until each takes the new password. RDS tells its own.'),
};

/** `orders.example.com`, of `orders.example.com:5433` too. */
export const hostOf = (replicaText: string): string => replicaText.replace(/:\d+$/, '');
