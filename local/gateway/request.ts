/** An AWS API call in the gateway, after its caller and operation are known. */

export interface AwsRequest {
  /** Id in `x-amzn-requestid` and in the CloudTrail record. */
  readonly requestId: string;
  /** Signing name of the service: `secretsmanager`, `kms`, `sts`, `lambda`, `s3`… */
  readonly service: string;
  /** API operation: `GetSecretValue`. */
  readonly operation: string;
  readonly region: string;
  readonly caller: Caller;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The operation's input: parsed JSON body, or the form fields of a query-protocol call. */
  readonly input: Readonly<Record<string, unknown>>;
  /** When the request arrived, by the gateway's clock (ms since the epoch). */
  readonly receivedAt: number;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Caller =
  /** The administrator of an account: the keys that the gateway hands to the process that started it. */
  | { readonly kind: 'administrator'; readonly account: string; readonly arn: string; readonly accessKeyId: string }
  /** A session of a role. `arn` is the assumed-role ARN, `roleArn` the role's. */
  | {
      readonly kind: 'role';
      readonly account: string;
      readonly arn: string;
      readonly roleArn: string;
      readonly sessionName: string;
      readonly accessKeyId: string;
      /** `AROA…:session`. */
      readonly principalId: string;
      /** Service principal that was given the session, such as `lambda.amazonaws.com`. */
      readonly invokedBy?: string;
    }
  /** An AWS service acting by itself, such as `secretsmanager.amazonaws.com` invoking a rotation function. */
  | {
      readonly kind: 'service';
      readonly account: string;
      readonly service: string;
      /** What it acts for: `aws:SourceArn`. */
      readonly sourceArn?: string;
    };

/** Passes a call on to the emulator, as the administrator of the caller's account. */
export type Forward = (request: AwsRequest) => Promise<AwsResponse>;

/** What the emulator lacks for one service. Gets every authorised call of that service, and forwards or answers it. */
export interface ServiceOverlay {
  readonly service: string;
  handle(request: AwsRequest, forward: Forward): Promise<AwsResponse>;
}
