/** What pages the platform's contact about a rotation function, whichever secret it was at. */
import { Duration } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricName, rotationFunctionName, type DatabaseEngine } from '../../contract/index.ts';
import { page, pageSilence, runbookIn } from '../alarm.ts';
import { sweepMetric } from '../rotation-alarms/rotation-alarms.ts';

export interface FunctionAlarms {
  readonly environment: string;
  readonly engine: DatabaseEngine;
  readonly network?: string;
  readonly function: IFunction;
  readonly errors: Metric;
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
    metric: watched.function.metricThrottles({ statistic: 'Sum', period: Duration.minutes(5) }),
    name: `${name}-throttles`,
    description: `${subject} is throttled: rotations wait.`,
    runbook,
  });
  pageSilence(scope, 'SweepStands', topic, {
    metric: sweepMetric(metricName.rotationOverdue, { environment, engine, ...(network !== undefined && { network }) }),
    name: `${name}-sweep`,
    description: `${subject} has counted nothing for three hours: nobody would learn of a stuck or overdue rotation.`,
    runbook,
  });
};
