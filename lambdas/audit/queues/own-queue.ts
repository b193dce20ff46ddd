/** Whether a message came from the queue that the function reads. */

/**
 * The account and name of a queue are the end of its URL: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`.
 *
 * @returns whether `arn` is the ARN of that queue, in the region of the function.
 */
export const createOwnQueue = (queueUrl: string, region: string | undefined): ((arn: string) => boolean) => {
  const [account, name] = new URL(queueUrl).pathname.split('/').slice(-2);
  return (arn) => {
    const [prefix, , service, arnRegion, arnAccount, arnName, ...rest] = arn.split(':');
    return (
      prefix === 'arn' &&
      service === 'sqs' &&
      (region === undefined || arnRegion === region) &&
      arnAccount === account &&
      arnName === name &&
      rest.length === 0
    );
  };
};
