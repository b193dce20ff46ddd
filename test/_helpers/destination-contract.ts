/** What every destination of audit events does, with its receiver: one contract for all. */
import { afterAll, beforeAll, describe } from 'vitest';
import { createLocalCertificates } from '../../local/tls.ts';
import { Bench } from './destination-contract/bench.ts';
import { describeConnection } from './destination-contract/connection.ts';
import { describeCredentials } from './destination-contract/credentials.ts';
import { describeDelivery } from './destination-contract/delivery.ts';
import { describeHttpAnswers } from './destination-contract/http-answers.ts';
import type { DestinationFacts, StartDestination } from './destination-contract/under-test.ts';

export type {
  DestinationFacts,
  DestinationUnderTest,
  ReceiverAddress,
  StartDestination,
} from './destination-contract/under-test.ts';

/**
 * @param facts - which parts there are. What a receiver can't show is a row of docs/verification/audit.md.
 * @param start - starts the receiver, once for all tests of the contract.
 */
export const destinationContract = (name: string, facts: DestinationFacts, start: StartDestination): void => {
  describe(`${name} as a destination`, () => {
    let bench: Bench;

    beforeAll(async () => {
      bench = new Bench(facts, start, await createLocalCertificates());
      await bench.start();
    });

    afterAll(async () => {
      await bench.stop();
    });

    describeDelivery(facts, () => bench);
    if (facts.refusesCredentials) describeCredentials(() => bench);
    describeConnection(() => bench);
    if (facts.protocol === 'https') describeHttpAnswers(facts, () => bench);
  });
};
