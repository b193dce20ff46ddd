/** What `--help` says beside the options: what a verb does, examples, and exit codes. */

const exits = `
Exit codes: 0 done, 2 something to mend in what was given (each with its place),
1 anything else.
`;

const exitsOfLook = `
Exit codes: 0 nothing found, 3 findings, 2 something to mend in what was given,
1 anything else.
`;

const credentials = `
AWS credentials and region come from where the AWS CLI takes them: AWS_PROFILE,
AWS_REGION, AWS_ENDPOINT_URL. Credentials of another account than the
environment's are refused before anything is done. No secret value is ever read
or printed.
`;

export const help = {
  all: `
Examples:
  strongroom init                           start a catalog in your own repository
  strongroom validate                       check ./catalog before you commit
  strongroom access --environment prod      who may do what in prod
  strongroom preflight -e prod              is everything there for the first rotation?
  strongroom diagnose -e prod               what is wrong with rotation in prod, and what to do
  strongroom rotate payments/orders-db -e prod --wait
  strongroom repair payments/orders-db -e prod

Exit codes: 0 done, 1 not done, 2 something to mend in what was given (each with
its place), 3 findings. Each verb says which it has: strongroom VERB --help.
`,

  init: `
Writes a small, valid catalog, the CDK app over it (bin/app.ts, cdk.json with
the recommended flags, tsconfig.json), package.json, .gitignore, and workflows
of GitHub Actions for pull requests and deployment. package.json and .gitignore
are completed if they exist. If another file exists and differs, nothing is
written. On a terminal it asks for account, region and e-mail address; what is
not given is an example, which strongroom validate names.

Examples:
  strongroom init
  strongroom init secrets --environment dev=111122223333/eu-west-1
  strongroom init --application shop --owner team-shop --email oncall@acme.com --yes
  strongroom init --dry-run --json | jq '.files[] | .path' -r
${exits}`,

  validate: `
Prints every problem of every file as FILE:LINE:COLUMN, with what to write
instead; without problems, a line for each secret with its class, readers and
rotation schedule. Reads files only: no AWS account is needed, nothing is
changed. With --iam it asks the account of an environment, under your AWS
credentials, whether what the environment names is there: roles of consumers
and operators, users of break-glass, the permissions boundary, and identity
providers.

Examples:
  strongroom validate
  strongroom validate --iam prod            before the first deployment to prod
  strongroom validate --catalog ../secrets/catalog
  strongroom validate --json | jq '.error.problems[] | "\\(.file):\\(.line) \\(.message)"' -r
${exits}`,

  access: `
One line for each role and secret: consumers that read, the rotation function,
operators, and the break-glass role. It is what the deployed policies allow,
told from the catalog alone: no AWS account is needed. --diff tells what a
change widens and narrows, one sentence each, for whoever approves it.

Examples:
  strongroom access
  strongroom access --environment prod --application payments
  strongroom access --environment prod --svg access.svg
  strongroom access --diff origin/main          in CI: 3 where prod is widened
  strongroom access --diff HEAD~1 --guard prod --guard stage
  strongroom access --json | jq '.access[] | select(.who == "break-glass")'

Exit codes: 0 done, 2 something to mend in what was given (each with its place),
3 with --diff: a guarded environment is widened, 1 anything else.
`,

  handover: `
For each permission set of IAM Identity Center, and for each role of another
account, the policies that it needs and what to do with them. For each adopted
secret, the command that sets its tags. A deploy makes none of these. Reads
files only: no AWS account is needed.

Examples:
  strongroom handover
  strongroom handover --environment prod --application payments
  strongroom handover --json | jq '.handover[] | select(.to.permissionSet == "Support") | .policies[0]'
  strongroom handover --json | jq -r '.tags[].command' | sh
${exits}`,

  place: `
A stack of CloudFormation takes 500 resources, and so about sixty secrets. An
application that has more gets further stacks; which secret is in which stands
in placement.lock.json of the catalog folder, since a secret can't move once it
is deployed. New secrets go into the last stack with room, no other is touched.
Commit the file with the change.

Examples:
  strongroom place
  strongroom place --check                  in CI, beside strongroom validate
  strongroom place --since origin/main      where more than sixty secrets are new at once
${exits}`,

  bootstrapTemplate: `
The roles that cdk bootstrap makes trust the whole account: anyone who may
assume roles deploys and writes assets. This takes the template of the installed
aws-cdk, and lets the named roles alone assume them. No AWS account is needed,
nothing is changed.

Examples:
  strongroom bootstrap-template --deployer arn:aws:iam::111122223333:role/deployer --out bootstrap.yaml
  npx cdk bootstrap --template bootstrap.yaml --qualifier secrets \\
    --toolkit-stack-name CDKToolkit-secrets aws://111122223333/eu-west-1
  strongroom bootstrap-template --json --deployer ... | jq .template
${exits}`,

  deployPlan: `
Synthesises the catalog as it is in a commit and as it is now, as far as the
change can touch it, and compares the templates. A secret that would be left
without a stack, replaced or moved is refused with what would happen to it;
--allow-replace makes warnings of it. No AWS account is needed, nothing is
changed.

Examples:
  strongroom deploy-plan                    what the changes that are not committed touch
  strongroom deploy-plan --since origin/main
  strongroom deploy-plan --since v1.2.3 --json | jq -r '.stacks[] | select(.state != "unchanged") | .stack'
${exits}`,

  generate: `
Writes one file for each application to --out, with a constant for each of its
consumers: createSecrets(paymentsApi) then knows every name, the type of every
value, and the databases that are logged in to with IAM. Reading what the
consumer may not read is a compile error. What it may read in some of the
environments only is left out, and said. See docs/client.md.

Examples:
  strongroom generate
  strongroom generate --application payments --out ../payments/src/strongroom
  strongroom generate --check               in CI: is what is committed what the catalog says?
  strongroom generate --json | jq '.files[] | select(.result == "written") | .path' -r
${exits}`,

  import: `
Lists the secrets whose name begins with --prefix, or that have --tag, and
writes a catalog file that takes them over by their ARNs. It validates as it is;
its comments say what is left to decide, and what the next deployment ends:
whoever is not named as a reader can read no more. Class is guessed from tags
and names. Nothing is changed in AWS.

Examples:
  strongroom import --application shop --environment prod --prefix legacy/shop/
  strongroom import -a shop -e prod --tag team=shop --owner team-shop --contact shop-oncall
  strongroom import -a shop -e prod --prefix legacy/shop/ --approved-by security --until 2027-03-31
  strongroom import -a shop -e prod --tag team=shop --out more.yaml --json | jq '.secrets[].warnings[]' -r
${credentials}${exits}`,

  preflight: `
Looks at all that diagnose looks at, and whether what is deployed is what the
catalog declares: engine, user, strategy, schedule, function. Changes nothing,
and works before the first rotation.

Examples:
  strongroom preflight payments/orders-db --environment prod
  strongroom preflight --environment prod --application payments
  strongroom preflight -e prod --json | jq '.secrets[] | select(.healthy | not) | .secret' -r
${credentials}${exitsOfLook}`,

  rotate: `
Starts a rotation. With --wait it shows the four steps as they happen, and ends
with the rotation; Ctrl-C leaves the rotation to AWS. It refuses, and starts
nothing, where rotation is off, where another version is pending (strongroom
repair), and within the grace time of the credential before the current one.
--force overrides that: applications that still use that credential lose access,
and CloudTrail shows who forced it.

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
Looks, and changes nothing: pending versions that are stuck, rotation off or
overdue, the rotation function and its permission, the key; and has the rotation
function look at network, TLS, logins and privileges. For each finding: cause,
remedy, and the page to read.

Examples:
  strongroom diagnose --environment prod
  strongroom diagnose payments/orders-db --environment prod
  strongroom diagnose prod/payments/orders-db --json | jq '.secrets[].findings[] | "\\(.code): \\(.cause)"' -r
${credentials}${exitsOfLook}`,

  repair: `
Looks, plans, shows the plan with the credential that logs in at each point,
asks, and does it: brings the pending version to its end, gives it up, or
rotates. It never leaves a secret without a credential that logs in; where no
command can help, it says what to do by hand. Of a healthy secret it says so.

Examples:
  strongroom repair payments/orders-db --environment prod
  strongroom repair prod/payments/orders-db --back
  strongroom repair prod/payments/orders-db --yes --json | jq .outcome
${credentials}
Exit codes: 0 healthy, 1 not repaired (what to do is said), 2 refused or not
confirmed: nothing was changed.
`,
} as const;
