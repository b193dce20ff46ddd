/** The name of a secret in its ARN. */

/** `payments/orders` of `arn:aws:secretsmanager:eu-west-1:111122223333:secret:payments/orders-AbCdEf`. */
export const nameInArn = (arn: string): string =>
  arn
    .split(':')
    .slice(6)
    .join(':')
    .replace(/-[A-Za-z0-9]{6}$/, '');
