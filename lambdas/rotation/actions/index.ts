/** The requests that the function answers in addition to the four steps. */
import type { CheckReport, RollReport, RotationRequest, SweepReport } from '../../../lib/contract/index.ts';
import type { Log } from '../../runtime/log.ts';
import type { OnFacts } from '../steps/open-rotation.ts';
import type { RotationPorts } from '../core/ports.ts';
import { check } from './check.ts';
import { rollBack } from './roll-back.ts';
import { rollForward } from './roll-forward.ts';
import { sweep } from './sweep.ts';

export type ActionReport = CheckReport | RollReport | SweepReport;

export interface ActionOptions {
  readonly ports: RotationPorts;
  readonly environment: string;
  /** Name of the function's network. Absent: the default network. */
  readonly network?: string;
  readonly log: Log;
  readonly onFacts: OnFacts;
}

/** @returns the report, and the outcome as a word for the log. */
export const act = async (
  request: RotationRequest,
  { ports, environment, network, log, onFacts }: ActionOptions,
): Promise<{ readonly outcome: string; readonly report: ActionReport }> => {
  switch (request.Action) {
    case 'check': {
      const report = await check(request.SecretId, ports, environment, onFacts);
      const failed = report.checks.find(({ outcome }) => outcome === 'failed');
      return { outcome: failed?.code ?? 'ok', report };
    }
    case 'rollForward':
    case 'rollBack': {
      const { SecretId: secretId, ClientRequestToken: token } = request;
      onFacts({ versionId: token });
      const roll = request.Action === 'rollForward' ? rollForward : rollBack;
      const report = await roll(secretId, token, ports, environment, onFacts);
      return { outcome: report.outcome, report };
    }
    case 'sweep': {
      const report = await sweep({ ports, environment, log, ...(network !== undefined && { network }) });
      return { outcome: report.failed > 0 ? 'some-failed' : 'ok', report };
    }
  }
};
