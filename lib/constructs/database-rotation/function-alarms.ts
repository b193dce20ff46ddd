/** What pages the platform's contact about a rotation function, whichever secret it was at. */
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { rotationFunctionName, type DatabaseEngine } from '../../contract/index.ts';
import { page, pageSilence, runbookIn } from '../alarm.ts';

export interface FunctionAlarms {
  readonly environment: string;
  readonly engine: DatabaseEngine;
  readonly network?: string;
  readonly errors: Metric;
  readonly throttles: Metric;
  readonly overdue: Metric;
  readonly runbooks?: string;
}

export const alarmFunction = (scope: Construct, topic: ITopic, watched: FunctionAlarms): void => {
  const { environment, engine, network, errors } = watched;
  const name = rotationFunctionName(environment, engine, network);
  const subject = `The rotation function for ${engine} in ${environment}${network === undefined ? '' : `, network ${network},`}`;
  const runbook = runbookIn(watched.runbooks, 'README');
  page(scope, 'Errors', topic, {
    metric: errors,
    name: `${name}-errors`,
    description: `${subject} fails, crashes or times out.`,
    runbook,
  });
  page(scope, 'Throttles', topic, {
    metric: watched.throttles,
    name: `${name}-throttles`,
    description: `${subject} is throttled: rotations wait.`,
    runbook,
  });
  pageSilence(scope, 'SweepStands', topic, {
    metric: watched.overdue,
    name: `${name}-sweep`,
    description: `${subject} has counted nothing for three hours: nobody would learn of a stuck or overdue rotation.`,
    runbook,
  });
};
