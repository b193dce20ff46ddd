/** The workflows of GitHub Actions that init writes. Actions are pinned to commits. */
import type { InitFacts } from './init-files.ts';

const checkout = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0';
const setupNode = 'actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444 # v5.0.0';
const awsCredentials = 'aws-actions/configure-aws-credentials@a03048d87541d1d9fcf2ecf528a4a65ba9bd7838 # v5.0.0';

export const pullRequestWorkflow = ({ below }: InitFacts): string => {
  const gate = join('gate', below);
  const catalog = `${'../'.repeat(gate.split('/').length)}${join('change', below)}/catalog`;
  return `# Checks the catalog of a pull request, and fails if it widens access to production or would lose a live secret.
# It runs this file and the code of the target branch. The pull request is data: never run anything in change/.
name: strongroom-pull-request
on: pull_request_target
permissions: { contents: read }
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      # The code that checks, from the target branch.
      - uses: ${checkout}
        with: { ref: '\${{ github.event.pull_request.base.ref }}', path: gate, persist-credentials: false }
      # The pull request as it would be merged.
      - uses: ${checkout}
        with:
          ref: refs/pull/\${{ github.event.number }}/merge
          path: change
          fetch-depth: 2
          persist-credentials: false
      - uses: ${setupNode}
        with: { node-version: 22 }
      # If the pull request has moved on, this run would check another commit.
      - run: test "$(git -C change rev-parse HEAD^2)" = "$HEAD_SHA"
        env: { HEAD_SHA: '\${{ github.event.pull_request.head.sha }}' }
      - run: npm ci --ignore-scripts
        working-directory: ${gate}
      - run: npx --no-install strongroom validate --catalog ${catalog}
        working-directory: ${gate}
      - run: npx --no-install strongroom deploy-plan --catalog ${catalog} --since HEAD^1
        working-directory: ${gate}
      # Also after a refused plan, so that reviewers see both.
      - run: npx --no-install strongroom access --catalog ${catalog} --diff HEAD^1
        if: \${{ !cancelled() }}
        working-directory: ${gate}
`;
};

export const deployWorkflow = ({
  below,
  branch,
}: InitFacts): string => `# Deploys every environment of the catalog, one after the other.
# Each has an environment of the same name at GitHub, with its approvers and the variable STRONGROOM_ROLE: the ARN of
# the role that deploys. The role trusts GitHub's identity provider for this repository and that environment only.
name: strongroom-deploy
on:
  push: { branches: [${branch}] }
  workflow_dispatch:
    inputs:
      allow-replace:
        description: Deploy although the plan of the last run says that readers lose a live secret. Read that plan first.
        type: boolean
        default: false
permissions: {}
concurrency: { group: strongroom-deploy, cancel-in-progress: false }${
  below === ''
    ? ''
    : `
defaults: { run: { working-directory: ${below} } }`
}
jobs:
  plan:
    if: github.ref == 'refs/heads/${branch}'
    runs-on: ubuntu-latest
    permissions: { contents: read, actions: read }
    outputs:
      environments: \${{ steps.catalog.outputs.environments }}
    steps:
      - uses: ${checkout}
        with: { fetch-depth: 0, persist-credentials: false }
      - uses: ${setupNode}
        with: { node-version: 22 }
      - run: npm ci --ignore-scripts
      - run: npx --no-install strongroom validate
      # Against the commit of the last successful run, which is what is deployed. The first run has nothing to compare.
      - name: strongroom deploy-plan
        run: |
          deployed=$(gh run list --workflow strongroom-deploy.yml --branch ${branch} --status success --limit 1 --json headSha --jq '.[0].headSha // empty')
          if [ -z "$deployed" ]; then exit 0; fi
          npx --no-install strongroom deploy-plan --since "$deployed" $ALLOW_REPLACE
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          ALLOW_REPLACE: \${{ inputs.allow-replace && '--allow-replace' || '' }}
      - id: catalog
        run: |
          environments=$(npx --no-install strongroom validate --json | jq -c '[.environments[] | {name, region}]')
          echo "environments=$environments" >> "$GITHUB_OUTPUT"
  deploy:
    needs: plan
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    strategy:
      max-parallel: 1
      matrix:
        target: \${{ fromJSON(needs.plan.outputs.environments) }}
    environment: \${{ matrix.target.name }}
    steps:
      - uses: ${checkout}
        with: { persist-credentials: false }
      - uses: ${setupNode}
        with: { node-version: 22 }
      - run: npm ci --ignore-scripts
      - uses: ${awsCredentials}
        with:
          role-to-assume: \${{ vars.STRONGROOM_ROLE }}
          aws-region: \${{ matrix.target.region }}
      - run: npx --no-install cdk diff "$STACKS"
        env: { STACKS: '\${{ matrix.target.name }}/*' }
      - run: npx --no-install cdk deploy "$STACKS" --require-approval never
        env: { STACKS: '\${{ matrix.target.name }}/*' }
`;

const join = (top: string, below: string): string => (below === '' ? top : `${top}/${below}`);
