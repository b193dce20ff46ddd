/** What to do about each finding, in one sentence, and where to read more. */

export const runbooks = {
  failed: 'docs/runbooks/rotation-failed.md',
  stuck: 'docs/runbooks/rotation-stuck.md',
  overdue: 'docs/runbooks/rotation-overdue.md',
} as const;
export type Runbook = (typeof runbooks)[keyof typeof runbooks];

/** Error codes of the rotation function, as docs/rotation.md lists them. `SECRET` stands for the secret's name. */
const ofFunction: Readonly<Record<string, string>> = {
  'event-invalid': 'Deploy: the function is older than this command, or the other way round.',
  'secret-outside-environment': 'Attach the secret to the rotation function of its own environment.',
  'rotation-off': 'Run aws secretsmanager rotate-secret --secret-id SECRET, which turns rotation on again and rotates.',
  'token-unknown': 'Run strongroom rotate SECRET: that version is gone.',
  superseded: 'Run strongroom rotate SECRET: another version took its place.',
  'tags-invalid': 'Deploy, which sets the tags from the catalog.',
  'value-missing': 'Put a value into the secret, as break-glass or as its operator.',
  'value-not-json': 'Put a JSON object into the secret: {"username": …, "password": …}.',
  'value-incomplete': 'Add the missing key in the catalog, or in the value of an imported secret.',
  'credential-copied':
    'Take the key that the message names out of the value, or write it as a connection URL with user and password.',
  'engine-mismatch': 'Write the same engine in the catalog and in the value.',
  'pending-not-ours':
    'Run strongroom repair SECRET --back, which discards the pending version; find out in CloudTrail who put it (PutSecretValue), then run strongroom rotate SECRET.',
  'admin-undeclared':
    'Declare the database in the catalog and deploy; tag an adopted secret with the command that `strongroom handover` prints.',
  'pending-without-value': 'Run strongroom repair SECRET, which discards the empty version.',
  'instance-unknown': 'Write the identifier of an instance or cluster of this account and region as host.',
  'admin-missing': 'Turn on ManageMasterUserPassword for the instance, or put a value into the secret of the admin.',
  'admin-elsewhere': 'Write the same host for the secret and for its admin.',
  'admin-rotating':
    'Wait until the rotation of the admin has ended; if it does not, run strongroom repair on the admin.',
  'admin-managed-by-rds': 'Leave the rotation of this secret to RDS, which rotates the master password.',
  'master-password-pending': 'Wait until RDS has applied the new master password, a minute or two.',
  'strategy-impossible': 'Choose another rotation.strategy in the catalog, or declare an admin.',
  'within-grace':
    'Wait until the grace time has ended; strongroom rotate SECRET --force locks out applications that still use the previous credential, so first check that none does.',
  'proxy-endpoint': 'Name the database itself as rotation.host; the proxy or pooler may stay the host of applications.',
  'users-not-persistent': 'Start the server with an aclfile, so that users outlive a restart.',
  'replica-behind': 'Fix the replication of the replica that the message names.',
  'sessions-remain': 'End the sessions that the message names by hand.',
  'nothing-to-return-to': 'Run strongroom repair SECRET without --back, or have the admin set the current password.',
  'username-changed': 'Declare an admin in the catalog, who can set the new user up.',
  'user-missing': 'Create the user, or declare provision in the catalog.',
  'user-reserved': 'Name an application’s own user, not an administrator.',
  'user-disabled': 'Find out who disabled the user and why; enable it by hand, then rotate.',
  'login-refused-otherwise':
    'Remove the reason that the message names; the password is right, and nothing was changed.',
  'password-refused':
    'Run strongroom repair SECRET --back where a version is pending, then strongroom rotate SECRET: the next rotation generates another password.',
  'schema-missing': 'Create the schema, or take it out of provision in the catalog.',
  'no-credential-works':
    'Set the password of the user to the one in AWSCURRENT by hand, as the administrator of the database, then run strongroom repair SECRET.',
  'pending-refused': 'Run strongroom repair SECRET, which sets the pending password again.',
  'aws-throttled': 'Wait a minute and look again.',
  'aws-denied':
    'Deploy, and look whether the policy of the function’s role, the secret or the key was changed by hand.',
  'aws-unavailable': 'Add VPC endpoints for Secrets Manager and RDS, or a NAT gateway, to the network of the function.',
  'aws-failed': 'Act on the message of AWS.',
  'database-network': 'Check that the database runs, and allow traffic from the function’s security group to its port.',
  'database-tls':
    'Give the function the authority of the server’s certificate, or the name in it as tls.serverName in the catalog.',
  'database-auth': 'Run strongroom repair SECRET; for an admin, put its right password into its secret.',
  'database-locked':
    'Find out why the account is locked or refused from this network, then allow the user to log in with a password.',
  'database-privilege': 'Grant the admin what the message names.',
  'database-unknown': 'Act on the message of the database.',
};

/** What this command finds by itself. */
const ofCommand: Readonly<Record<string, string>> = {
  'secret-unknown': 'Deploy the stack of the application, or correct the name.',
  'secret-deleted': 'Run aws secretsmanager restore-secret as break-glass, unless the deletion is intended.',
  'rotation-never-on': 'Deploy the stack of the application, which gives the secret its rotation function.',
  'rotation-turned-off':
    'Run aws secretsmanager rotate-secret --secret-id SECRET, which turns rotation on again and rotates.',
  overdue: 'Run strongroom rotate SECRET --wait, and read why if it fails.',
  stuck: 'Run strongroom repair SECRET.',
  'stuck-without-value': 'Run strongroom repair SECRET, which discards the empty version.',
  'current-refused': 'Run strongroom repair SECRET.',
  'current-not-ours':
    'Find out in CloudTrail who put the value (PutSecretValue); then put the value of the declared user, or correct the user in the catalog and deploy.',
  'function-missing': 'Deploy the rotation stack of the environment.',
  'function-not-ready': 'Deploy the rotation stack, and look at the state of the function in Lambda.',
  'function-stopped': 'Deploy, or give the function its reserved concurrency back.',
  'function-not-invokable': 'Deploy, which gives Secrets Manager the permission for the secrets of this account.',
  'function-open': 'Deploy, which narrows the permission to secrets of this account.',
  'function-failed': 'Read the log of the function: /aws/lambda/ and its name.',
  'function-other': 'Deploy the stack of the application, which names the rotation function of the environment.',
  'key-missing': 'Encrypt the secret with a key that exists: deploy, and put its value again.',
  'key-disabled': 'Enable the key: aws kms enable-key as its administrator.',
  'key-being-deleted': 'Stop it now: aws kms cancel-key-deletion, then aws kms enable-key.',
  'key-unusable': 'Look at the key in KMS: its state says what it lacks.',
  'tags-differ': 'Deploy the stack of the application.',
  'adopted-tags-differ':
    'Run the command that strongroom handover prints for it: a deployment sets no tags on an adopted secret.',
  'schedule-differs': 'Deploy the stack of the application.',
  'not-looked':
    'Give your role that permission, which the policy strongroom-<environment>-operators has, or ask someone who has it.',
};

/** The remedy of a code; for one that this version does not know, where its meaning is written. */
export const remedyOf = (code: string, secret: string): string =>
  (ofCommand[code] ?? ofFunction[code] ?? `Look up ${code} in docs/rotation.md.`).replaceAll('SECRET', secret);

/** The codes of the rotation function that have a remedy here. */
export const knownFunctionCodes: readonly string[] = Object.keys(ofFunction);
