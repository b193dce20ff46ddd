/** Every text that can make a reader delete, revoke or end something, as somebody has reviewed it. */

export interface Reviewed {
  readonly file: string;
  /** A part of the text. */
  readonly text: string;
  /** What is lost or what to look at first, as it is said in the same message or section. */
  readonly warning?: string;
  /** Why the text advises nothing. */
  readonly reason?: string;
}

export const reviewedMessages: readonly Reviewed[] = [
  {
    file: 'cli/adapters/delivery-aws.ts',
    text: 'delete a dead letter that was sent',
    reason: 'what the verb was doing when AWS refused it',
  },
  {
    file: 'cli/verbs/evidence/claims/declared-claims.ts',
    text: 'before you remove a secret',
    warning: 'make sure that nothing uses its value',
  },
  {
    file: 'cli/verbs/evidence/claims/key-and-secret-claims.ts',
    text: 'cancel-key-deletion',
    reason: 'keeps what would be lost',
  },
  { file: 'cli/verbs/evidence/evidence.ts', text: '--force replaces it', warning: 'its content is lost' },
  { file: 'lambdas/databases/mongo/database.ts', text: 'drop users', reason: 'a privilege that the admin needs' },
  {
    file: 'lambdas/databases/mongo/notices.ts',
    text: 'will revoke the role',
    warning: 'grant it to that user if it is needed',
  },
  { file: 'lambdas/databases/mysql/grant-lines.ts', text: 'revoke the right', warning: 'if nobody logs in by it' },
  { file: 'lambdas/databases/mysql/inspect.ts', text: 'ACCOUNT UNLOCK', warning: 'Find out who locked it and why' },
  { file: 'lambdas/databases/mysql/notices.ts', text: 'will revoke', warning: 'if it is needed' },
  {
    file: 'lambdas/databases/postgres/ownership.ts',
    text: 'INHERIT, or use single-user',
    reason: 'gives the user what it is a member of already',
  },
  {
    file: 'lambdas/databases/postgres/ownership.ts',
    text: 'owns things',
    warning: 'Delete nothing because of this message',
  },
  { file: 'lambdas/databases/postgres/revoke.ts', text: 'drop user', reason: 'what the engine was doing' },
  {
    file: 'lambdas/databases/postgres/rights/policies.ts',
    text: 'ALTER POLICY',
    warning: 'decide for which of them it is meant',
  },
  {
    file: 'lambdas/databases/sqlserver/inspect.ts',
    text: 'nothing was changed: a rotation does not enable logins',
    warning: 'Find out why before you enable it',
  },
  {
    file: 'lambdas/databases/sqlserver/inspect.ts',
    text: 'may not connect (DENY CONNECT SQL)',
    reason: 'what somebody did',
  },
  {
    file: 'lambdas/rotation/actions/remaining-user.ts',
    text: 'Before you drop it, check that no application uses it and that it owns nothing',
    warning: 'check that no application uses it and that it owns nothing',
  },
  {
    file: 'lambdas/rotation/actions/discard.ts',
    text: 'drop the user by hand',
    warning: 'check that no application uses it and that it owns nothing in the database',
  },
  { file: 'lambdas/rotation/core/grace.ts', text: '--force', warning: 'check first that none does' },
  {
    file: 'lib/placement/deploy-plan.ts',
    text: 'delete it as break-glass',
    warning: 'remove the old one when nothing reads it',
  },
  { file: 'lib/rules/pci-dss/audit-log-rules.ts', text: 'delete a trail', reason: 'what a policy must not allow' },
  {
    file: 'cli/verbs/deploy-plan/deploy-plan.ts',
    text: 'before you delete such a stack',
    warning: 'they go with it, and its secrets stay without',
  },
  { file: 'cli/verbs/import/import.ts', text: '--force', warning: 'overwrites it' },
  { file: 'cli/verbs/init/workflows.ts', text: 'cancel-in-progress: false', reason: 'ends no deployment' },
  { file: 'cli/verbs/rotate/rotate.ts', text: '--force', warning: 'are locked out at once' },
  {
    file: 'cli/terminal/help.ts',
    text: '--force overrides the grace time',
    warning: 'applications that still use that credential lose access',
  },
  { file: 'cli/operators/remedies.ts', text: '--force', warning: 'first check that none does' },
  { file: 'cli/operators/remedies.ts', text: 'cancel-key-deletion', reason: 'keeps a key' },
  { file: 'local/own-group.ts', text: 'kill -s KILL', reason: 'a script that ends the group of its own child' },
  {
    file: 'local/databases/watchdog.ts',
    text: 'kill -"$signal"',
    reason: 'a script that ends the server of its own folder',
  },
  { file: 'local/state.ts', text: 'kill -9', warning: 'look that it is the platform' },
];

export const reviewedCommands: readonly Reviewed[] = [
  {
    file: 'docs/deploying.md',
    text: 'aws dynamodb delete-table',
    warning: 'Without the ledger, files of the trail that are read again deliver their events a second time',
  },
  {
    file: 'docs/runbooks/detections.md',
    text: 'aws kms cancel-key-deletion',
    warning: 'stops it and loses nothing',
  },
  {
    file: 'docs/runbooks/detections.md',
    text: 'aws secretsmanager remove-regions-from-replication',
    warning: 'First look for who reads it there: they lose it',
  },
  { file: 'local/README.md', text: 'cdk destroy', reason: 'what the local AWS knows' },
  { file: 'local/README.md', text: 'DELETE', reason: 'a method of HTTP, which clears faults' },
  { file: 'docs/adoption.md', text: 'cancel-rotate-secret', warning: 'No one rotates it for now' },
  { file: 'docs/adoption.md', text: 'terraform destroy', warning: 'Never run' },
  { file: 'docs/adoption.md', text: 'npx cdk destroy dev/shop', warning: 'The secret stays, and so does its policy' },
  { file: 'docs/adoption.md', text: 'delete-resource-policy', warning: 'would be open to every policy of the account' },
  {
    file: 'docs/catalog.md',
    text: '--force',
    warning: 'locks out applications that still use the previous credential',
  },
  { file: 'docs/commands.md', text: '--force', warning: 'is locked out at once' },
  { file: 'docs/commands.md', text: '--force', warning: 'what it holds is lost' },
  { file: 'docs/commands.md', text: '--force', warning: 'what they hold is lost' },
  { file: 'docs/consumers.md', text: '--force-new-deployment', reason: 'starts a service anew, and loses nothing' },
  { file: 'docs/deploying.md', text: 'cdk destroy', warning: 'First check that no application reads the secrets' },
  { file: 'docs/deploying.md', text: 'delete-secret', warning: 'the value can be restored for 30 days' },
  { file: 'docs/deploying.md', text: 'delete-alias', warning: 'without the key its value is lost permanently' },
  {
    file: 'docs/deploying.md',
    text: 'schedule-key-deletion',
    warning: 'without the key its value is lost permanently',
  },
  { file: 'docs/deploying.md', text: 'delete-log-group', warning: 'A deleted log group is gone at once' },
  { file: 'docs/deploying.md', text: 'delete-resource-policy', warning: 'no application reads them' },
  { file: 'docs/deploying.md', text: '--force-delete-without-recovery', warning: 'its value is lost permanently' },
  { file: 'docs/rotation.md', text: 'ALTER ROLE … LOGIN', warning: 'check it, then' },
  { file: 'docs/rotation.md', text: 'DENY CONNECT SQL', reason: 'what somebody did' },
  {
    file: 'docs/rotation.md',
    text: 'npx strongroom rotate --force',
    warning: 'rotates anyway and ends that credential',
  },
  { file: 'docs/rotation.md', text: 'DELETE', reason: 'a privilege' },
  { file: 'docs/rotation.md', text: 'DROP', reason: 'a privilege' },
  {
    file: 'docs/rotation.md',
    text: 'ALTER TABLE … OWNER TO',
    warning: "Tables that another role created stay that role's",
  },
  {
    file: 'docs/rotation.md',
    text: 'rotate --force',
    warning: 'locks out applications that still use that user',
  },
  { file: 'docs/rotation.md', text: 'rotate --force', warning: 'locks out applications that still use it' },
  {
    file: 'docs/runbooks/discard-failed.md',
    text: '--force',
    warning: 'Applications that do not re-read lose their logins',
  },
  {
    file: 'docs/runbooks/rotation-failed.md',
    text: 'rotate --force',
    warning: 'locks out applications that still use the old credential',
  },
  { file: 'docs/runbooks/rotation-overdue.md', text: 'cancel-key-deletion', reason: 'keeps a key' },
  {
    file: 'docs/runbooks/rotation-overdue.md',
    text: 'rotate --force',
    warning: 'locks out applications that still use the previous credential',
  },
  { file: 'docs/runbooks/rotation-overdue.md', text: 'cancel-rotate-secret', warning: 'not with' },
  {
    file: 'docs/runbooks/rotation-stuck.md',
    text: 'cancel-rotate-secret',
    warning: 'First log in with the current value',
  },
  {
    file: 'docs/runbooks/rotation-stuck.md',
    text: '--remove-from-version-id',
    warning: 'the pending password is lost',
  },
  { file: 'docs/scale.md', text: '--force-overwrite-replica-secret', warning: 'which overwrites it' },
  { file: 'docs/security.md', text: 'rotate --force', warning: 'the second time once applications have the new one' },
];
