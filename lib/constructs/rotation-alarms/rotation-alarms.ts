/** What pages an application's contact about rotations that do not fail, but do not end either. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { metricName } from '../../contract/index.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, runbookIn } from '../alarm.ts';
import { sweepMetric } from '../metrics.ts';

export interface RotationAlarmsProps {
  readonly environment: string;
  readonly application: string;
  readonly alertTopic: ITopic;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /**
   * Whether a `DatabaseRotation` rotates secrets of the application, whose old credentials are discarded after a time.
   * @default true
   */
  readonly discards?: boolean;
}

/**
 * Three alarms for all secrets of an application, from what the rotation functions count every hour. Their log, and
 * `strongroom diagnose`, say which secret it is. A failed rotation has an alarm of its own for each secret: see
 * `DatabaseRotation.addSchedule`.
 *
 * @example
 * declare const topic: ITopic;
 * new RotationAlarms(stack, 'RotationAlarms', { environment: 'prod', application: 'payments', alertTopic: topic });
 */
export class RotationAlarms extends Construct {
  readonly #props: RotationAlarmsProps;

  constructor(scope: Construct, id: string, props: RotationAlarmsProps) {
    super(scope, id);
    markOwnStack(this);
    this.#props = props;
    const { environment, application, alertTopic, runbooks, discards = true } = props;
    const whose = `of ${environment}/${application}`;
    const name = (what: string): string => `strongroom-${what}/${environment}/${application}`;
    page(this, 'Stuck', alertTopic, {
      metric: this.metricStuck(),
      periods,
      name: name('rotation-stuck'),
      description: `A rotation ${whose} began and does not end. Applications keep the last good credential.`,
      runbook: runbookIn(runbooks, 'rotation-stuck'),
      resolves: true,
    });
    page(this, 'Overdue', alertTopic, {
      metric: this.metricOverdue(),
      periods,
      name: name('rotation-overdue'),
      description: `A secret ${whose} is not rotated though its date has passed, or its rotation is off.`,
      runbook: runbookIn(runbooks, 'rotation-overdue'),
      resolves: true,
    });
    if (!discards) return;
    page(this, 'DiscardFailed', alertTopic, {
      metric: this.metricDiscardFailed(),
      periods,
      name: name('discard-failed'),
      description: `An old credential ${whose} is still valid though its grace time is over.`,
      runbook: runbookIn(runbooks, 'discard-failed'),
      resolves: true,
    });
  }

  /** Secrets whose pending version is older than a rotation takes; the most that a function counted in the hour. */
  metricStuck(options?: MetricOptions): Metric {
    return this.#metric(metricName.rotationStuck, options);
  }

  /** Secrets whose date of the next rotation has passed, or whose rotation is off. */
  metricOverdue(options?: MetricOptions): Metric {
    return this.#metric(metricName.rotationOverdue, options);
  }

  /** Secrets whose old credential could not be discarded after its grace time. */
  metricDiscardFailed(options?: MetricOptions): Metric {
    return this.#metric(metricName.discardFailed, options);
  }

  /** Secrets with a second password or user that no rotation ends. Counted once a day, and no alarm watches it. */
  metricSecondPassword(options?: MetricOptions): Metric {
    return this.#metric(metricName.secondPassword, { period: Duration.days(1), ...options });
  }

  #metric(name: string, options?: MetricOptions): Metric {
    const { environment, application } = this.#props;
    return sweepMetric(name, { environment, application }, options);
  }
}

/** Two, because an hourly count may come twice in one hour of the clock and not in the next. */
const periods = 2;
