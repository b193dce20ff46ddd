/** The second thread of the template checks. */
import { workerData } from 'node:worker_threads';
import { CloudFormationValidatePlugin } from 'aws-cdk-lib';
import { RootConstruct } from 'constructs';
import { checkParts, type ThreadInput } from './parts.ts';

const { parts, shared, port } = workerData as ThreadInput;
const plugin = new CloudFormationValidatePlugin();
// The plugin reads the templates; the construct tree stays in the other thread. No `App`: under the CDK command it would
// synthesise itself when the thread ends, and put an empty manifest in place of the other thread's.
const appConstruct = new RootConstruct();
try {
  port.postMessage(
    checkParts(parts, shared, (stackTemplates) =>
      plugin.validate({
        stackTemplates,
        appConstruct,
        templatePaths: stackTemplates.map(({ templatePath }) => templatePath),
      }),
    ),
  );
} catch (error) {
  port.postMessage(error);
}
Atomics.store(shared, 1, 1);
Atomics.notify(shared, 1);
