/** What `--help` prints after the options: what a verb does, examples, and exit codes. */

const exits = `
Exit codes: 0 done, 2 invalid input or a refusal (nothing was changed), 1 not
done for another reason.
`;

const exitsOfLook = `
Exit codes: 0 no finding, 3 findings, 2 invalid input, 1 not done for another
reason.
`;

const credentials = `
Credentials and region are those of the AWS CLI: AWS_PROFILE, AWS_REGION,
AWS_ENDPOINT_URL. Credentials of another account than the environment's are
refused first. No secret value is read or printed.
`;

export const help = {
  all: `
Examples:
  strongroom init                           start a catalog in your own repository
  strongroom validate                       check ./catalog before you commit
  strongroom access --environment prod      who can do what in prod
  strongroom preflight -e prod              is everything ready for the first rotation?
  strongroom diagnose -e prod               what is wrong with rotation in prod, and what to do
  strongroom rotate payments/orders-db -e prod --wait
  strongroom repair payments/orders-db -e prod

Exit codes: 0 done, 1 not done, 2 invalid input or a refusal (nothing was
changed), 3 findings. Each verb lists its own: strongroom VERB --help.
`,

  alert: `
Examples:
  strongroom alert test -e prod             does every contact of prod get its alerts?

The verb has its own help: strongroom alert test --help.
`,

  alertTest: `
Publishes one harmless alert, marked [TEST], to the topic of each contact of the
environment, the contact that is paged if PagerDuty fails among them. For each it
says what SNS accepted, which receivers are confirmed, pending or missing, and
what a person must look at: nothing else shows that anyone reads it. It asks
nothing and wakes no one on purpose: in PagerDuty a test has the severity info.

It needs sns:Publish and sns:ListSubscriptionsByTopic on the topics
strongroom-ENVIRONMENT-alerts-*, and kms:GenerateDataKey and kms:Decrypt on their
key. No policy of Strongroom gives them: who may publish can page falsely.

Examples:
  strongroom alert test -e prod
  strongroom alert test -e prod --contact payments-oncall
  strongroom alert test -e prod --json | jq '.contacts[] | select(.errors != [])'

Exit codes: 0 each topic took the test and its receivers are confirmed, 1 one of
them would not be reached, 2 invalid input (nothing was sent).
${credentials}`,

  audit: `
Examples:
  strongroom audit verify -e prod           was anything deleted from the trail, or altered?
  strongroom audit completeness -e prod     did every destination get everything?
  strongroom audit replay -e prod -d siem   send again what was refused

Each verb has its own help: strongroom audit verify --help.
`,

  auditVerify: `
Verifies the trail of an environment in its region: the signature of every
digest with CloudTrail's public keys, the chain from each digest back to the one
before it, the hash of every file, and that each hour has a digest. A chain
alone does not show digests that were deleted at its end, or two in a row. Each
finding says when, which object, and why. Digests come up to two hours late.
Reads only: it needs cloudtrail:DescribeTrails, GetTrailStatus, ListPublicKeys,
s3:ListBucket and s3:GetObject of the trail's bucket, and kms:Decrypt of its key.

Examples:
  strongroom audit verify -e prod                    the last 7 days
  strongroom audit verify -e prod --from 2026-11-01 --to 2026-12-01
  strongroom audit verify -e prod --json | jq '.findings[] | "\\(.from) \\(.kind)"' -r
${exitsOfLook}${credentials}`,

  auditCompleteness: `
Compares the events in CloudTrail's files with what each destination confirmed,
as the function of the complete lane counts it: a file counts 15 minutes after it
was written, and again until it is complete. Days in UTC. Reads only: it needs
dynamodb:BatchGetItem of the ledger's table.

Examples:
  strongroom audit completeness -e prod
  strongroom audit completeness -e prod -d siem --from 2026-11-01
  strongroom audit completeness -e prod --json | jq '.days[] | select(.share < 1)'

Exit codes: 0 complete, 3 a destination does not have all events, 2 invalid
input, 1 not done for another reason.
${credentials}`,

  auditReplay: `
Sends each dead letter of a destination to its queue again, and deletes it once
the queue has confirmed the copy: it can be interrupted and repeated, and loses
nothing. What was delivered already is not delivered twice. A message that is
refused again comes back to the dead letters with its count of attempts. Fix why
they were refused first. Messages that are not packs of events are kept. Needs
lambda:GetFunctionConfiguration of the destination's function, sqs:ReceiveMessage,
DeleteMessage, ChangeMessageVisibility and GetQueueAttributes of its dead letters,
and sqs:SendMessage of its queue.

Examples:
  strongroom audit replay -e prod -d siem --dry-run
  strongroom audit replay -e prod -d siem --limit 1      try one first
  strongroom audit replay -e prod -d siem --rate 50

Exit codes: 0 done, 3 messages were kept, 130 interrupted, 2 invalid input,
1 not done for another reason.
${credentials}`,

  evidence: `
Writes one HTML file, which needs no network and prints well, and a JSON file
next to it: each control of the framework in short, the claims that show how it
is met, what AWS and the catalog say about each, with time and source, and every
gap with its next step. With --json it prints the JSON document, and writes files
only if --out is given. What AWS refuses is listed with the permission that it
needs; without credentials the report has what the catalog shows. Reads only:
kms:DescribeKey and GetKeyRotationStatus, secretsmanager:DescribeSecret and
GetResourcePolicy, cloudtrail:DescribeTrails, GetTrailStatus and
GetEventSelectors, s3:GetBucketVersioning, GetBucketPublicAccessBlock,
GetEncryptionConfiguration and GetLifecycleConfiguration of the trail's bucket,
cloudwatch:DescribeAlarms, lambda:GetFunctionConfiguration and
logs:DescribeLogGroups. See docs/compliance.md.

Examples:
  strongroom evidence -e prod --framework pci-4.0.1
  strongroom evidence -e prod --framework soc2 --out reports/soc2.html
  strongroom evidence -e prod --framework iso27001 --json | jq '.claims[] | .gaps[]'

Exit codes: 0 written, whatever the report says; 2 invalid input, or a file
exists; 1 not written for another reason.
${credentials}`,

  init: `
Writes a small, valid catalog, the CDK app over it (bin/app.ts, cdk.json with
the recommended flags, tsconfig.json), package.json, .gitignore, and workflows
of GitHub Actions for pull requests and deployment. package.json and .gitignore
are completed if they exist. If another file exists and differs, nothing is
written. On a terminal it asks for account, region and e-mail address; what is
not given is an example, which strongroom validate lists.

Examples:
  strongroom init
  strongroom init secrets --environment dev=111122223333/eu-west-1
  strongroom init --application shop --owner team-shop --email oncall@acme.com --yes
  strongroom init --dry-run --json | jq '.files[] | .path' -r
${exits}`,

  validate: `
Prints every problem of every file as FILE:LINE:COLUMN, with what to write
instead. Without problems, prints one line per secret: class, readers, rotation
schedule; and the values that are examples. Reads files only: needs no AWS
account, changes nothing. With --iam it asks the account of an environment, with
your AWS credentials, whether the roles, permissions boundary and identity
providers that the environment names exist.

Examples:
  strongroom validate
  strongroom validate --iam prod            before the first deployment to prod
  strongroom validate --catalog ../secrets/catalog
  strongroom validate --json | jq '.error.problems[] | "\\(.file):\\(.line) \\(.message)"' -r
${exits}`,

  access: `
Prints one line per role and secret: consumers, the rotation function, operators
and the break-glass role. The result is what the deployed policies allow, from
the catalog alone: needs no AWS account. --diff prints what a change widens and
narrows, one sentence each, for the reviewers of the change.

Examples:
  strongroom access
  strongroom access --environment prod --application payments
  strongroom access --environment prod --svg access.svg
  strongroom access --diff origin/main          in CI: exits with 3 if prod is widened
  strongroom access --diff HEAD~1 --guard prod --guard stage
  strongroom access --json | jq '.access[] | select(.who == "break-glass")'

Exit codes: 0 done, 2 invalid input, 3 with --diff: a guarded environment is
widened, 1 not done for another reason.
`,

  handover: `
Prints the policies that each permission set of IAM Identity Center and each
role of another account needs, with what to do; and for each adopted secret the
command that sets its tags. A deployment creates none of these. Reads files
only: needs no AWS account.

Examples:
  strongroom handover
  strongroom handover --environment prod --application payments
  strongroom handover --json | jq '.handover[] | select(.to.permissionSet == "Support") | .policies[0]'
  strongroom handover --json | jq -r '.tags[].command' | sh
${exits}`,

  place: `
A CloudFormation stack takes 500 resources, which is about sixty secrets. An
application with more gets further stacks. placement.lock.json of the catalog
folder lists which secret is in which stack, since a deployed secret can't move.
New secrets go into the last stack with room; no other stack changes. Commit the
file with the change.

Examples:
  strongroom place
  strongroom place --check                  in CI, next to strongroom validate
  strongroom place --since origin/main      if one change adds more than sixty secrets
${exits}`,

  bootstrapTemplate: `
The roles that cdk bootstrap creates trust the whole account: anyone who can
assume roles can deploy and write assets. This verb prints the template of the
installed aws-cdk so that only the named roles can assume them. Needs no AWS
account, changes nothing.

Examples:
  strongroom bootstrap-template --deployer arn:aws:iam::111122223333:role/deployer --out bootstrap.yaml
  npx cdk bootstrap --template bootstrap.yaml --qualifier secrets \\
    --toolkit-stack-name CDKToolkit-secrets aws://111122223333/eu-west-1
  strongroom bootstrap-template --json --deployer ... | jq .template
${exits}`,

  deployPlan: `
Starts the app of cdk.json for the catalog of a commit and for the current one,
as far as the change can touch it, and compares the templates. If a secret would
be left without a stack, replaced or moved, it refuses and reports the
consequence; with --allow-replace it warns. Needs no AWS account, changes
nothing.

Examples:
  strongroom deploy-plan                    what uncommitted changes touch
  strongroom deploy-plan --since origin/main
  strongroom deploy-plan --since v1.2.3 --json | jq -r '.stacks[] | select(.state != "unchanged") | .stack'
${exits}`,

  generate: `
Writes one file per application to --out, with one constant per consumer:
createSecrets(paymentsApi) then knows every name, the type of every value, and
the databases with IAM login. Reading another secret is a compile error. Secrets
that the consumer can read in some environments only are left out, and listed.
See docs/client.md.

Examples:
  strongroom generate
  strongroom generate --application payments --out ../payments/src/strongroom
  strongroom generate --check               in CI: do the committed files match the catalog?
  strongroom generate --json | jq '.files[] | select(.result == "written") | .path' -r
${exits}`,

  import: `
Lists the secrets with names that begin with --prefix, or with --tag, and writes
a catalog file that takes them over by their ARNs. The file is valid; its
comments say what to decide. From the next deployment, principals that are not
readers lose access. The class is guessed from tags and names. Changes nothing
in AWS.

Examples:
  strongroom import --application shop --environment prod --prefix legacy/shop/
  strongroom import -a shop -e prod --tag team=shop --owner team-shop --contact shop-oncall
  strongroom import -a shop -e prod --prefix legacy/shop/ --approved-by security --until 2027-03-31
  strongroom import -a shop -e prod --tag team=shop --out more.yaml --json | jq '.secrets[].warnings[]' -r
${credentials}${exits}`,

  preflight: `
Checks everything that diagnose checks, and whether the deployment matches the
catalog: engine, user, strategy, schedule, function. Changes nothing, and works
before the first rotation.

Examples:
  strongroom preflight payments/orders-db --environment prod
  strongroom preflight --environment prod --application payments
  strongroom preflight -e prod --json | jq '.secrets[] | select(.healthy | not) | .secret' -r
${credentials}${exitsOfLook}`,

  rotate: `
Starts a rotation. With --wait it shows the four steps as they happen, and ends
with the rotation; after Ctrl-C, AWS continues it. It refuses, and starts
nothing, if rotation is off, if another version is pending (strongroom repair),
and within the grace time of the previous credential. --force overrides the
grace time: applications that still use that credential lose access, and
CloudTrail shows who forced it.

Examples:
  strongroom rotate payments/orders-db --environment prod --wait
  strongroom rotate prod/payments/orders-db --wait --timeout 3m
  strongroom rotate prod/payments/orders-db --force
  strongroom rotate prod/payments/orders-db --wait --json | jq .outcome
${credentials}
Exit codes: 0 done (without --wait: started), 1 failed or not done in time, 2
refused: nothing was started.
`,

  diagnose: `
Checks for stuck pending versions, rotation that is off or overdue, the rotation
function and its permission, and the key; the rotation function checks network,
TLS, logins and privileges. Each finding has a cause, a remedy and a runbook.
Changes nothing.

Examples:
  strongroom diagnose --environment prod
  strongroom diagnose payments/orders-db --environment prod
  strongroom diagnose prod/payments/orders-db --json | jq '.secrets[].findings[] | "\\(.code): \\(.cause)"' -r
${credentials}${exitsOfLook}`,

  repair: `
Checks the secret, shows a plan with the credential that logs in at each point,
asks, and runs it: completes the rotation of the pending version, discards that
version, or rotates. It never leaves a secret without a credential that logs in.
If no command can help, it prints what to do by hand.

Examples:
  strongroom repair payments/orders-db --environment prod
  strongroom repair prod/payments/orders-db --back
  strongroom repair prod/payments/orders-db --yes --json | jq .outcome
${credentials}
Exit codes: 0 healthy, 1 not repaired (it prints what to do), 2 refused or not
confirmed: nothing was changed.
`,
} as const;
