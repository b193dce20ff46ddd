/** What the second thread of the template checks does. */
import { workerData } from 'node:worker_threads';
import { CloudFormationValidatePlugin } from 'aws-cdk-lib';
import { RootConstruct } from 'constructs';
import type { ThreadInput } from './second-thread.ts';

const { templates, ended, port } = workerData as ThreadInput;
try {
  port.postMessage(
    new CloudFormationValidatePlugin().validate({
      stackTemplates: templates,
      templatePaths: templates.map(({ templatePath }) => templatePath),
      // The plugin reads the templates; the construct tree stays in the other thread. No `App`: under the CDK command it
      // would synthesise itself when the thread ends, and put an empty manifest in place of the other thread's.
      appConstruct: new RootConstruct(),
    }),
  );
} catch (error) {
  port.postMessage(error);
}
Atomics.store(ended, 0, 1);
Atomics.notify(ended, 0);
