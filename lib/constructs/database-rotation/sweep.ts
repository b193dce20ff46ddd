/** The hourly visit of a rotation function: it discards what has outlived its grace time, and counts what does not end. */
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { DatabaseEngine, RotationRequest } from '../../contract/index.ts';

export const sweepHourly = (
  scope: Construct,
  handler: IFunction,
  {
    environment,
    engine,
    network,
  }: { readonly environment: string; readonly engine: DatabaseEngine; readonly network?: string },
): void => {
  const request: RotationRequest = { Action: 'sweep' };
  new Rule(scope, 'Sweep', {
    description: `Discards what has outlived its grace time, of the ${engine} secrets of ${environment}${network === undefined ? '' : ` in network ${network}`}`,
    schedule: Schedule.rate(Duration.hours(1)),
    targets: [
      new LambdaFunction(handler, {
        event: RuleTargetInput.fromObject(request),
        // The next sweep does what this one could not.
        maxEventAge: Duration.minutes(30),
        retryAttempts: 2,
      }),
    ],
  });
};
